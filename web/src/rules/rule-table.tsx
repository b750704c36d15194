import { useState, type ReactElement } from "react";
import type { RuleReport } from "../../../src/model/report.ts";
import { useRemoveRule } from "../data/rule-changes.ts";
import { actionText } from "./action.ts";
import { formatCount, plural } from "../ui/numbers.ts";
import { formatDateTime } from "../ui/time.ts";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";

/** All rules with what they did in this run. */
export function RuleTable({ rules }: { readonly rules: readonly RuleReport[] }): ReactElement {
  const [asked, setAsked] = useState<string | null>(null);
  const remove = useRemoveRule();
  if (rules.length === 0) return <p className="hint">There are no rules.</p>;
  return (
    <div className="scroll">
      <table>
        <caption className="hidden">Rules and what they did in this run</caption>
        <thead>
          <tr>
            {["Where", "What it does", "Owner", "Reason", "Until", "State", "Hits", "Past", "Source"].map((name) => (
              <th key={name} scope="col" className={name === "Hits" ? "number" : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rules.map(({ rule, state, hits, past }) => (
            <tr key={rule.id} data-rule={rule.id}>
              <th scope="row">
                <code>{rule.endpoint}</code>
                <br />
                {rule.section} <code>{rule.path}</code> {rule.kind === undefined ? "" : `(${rule.kind})`}
              </th>
              <td>{actionText(rule.action)}</td>
              <td>{rule.owner}</td>
              <td className="value">{rule.reason}</td>
              <td className="nowrap">{rule.expiresAt === null ? "–" : formatDateTime(rule.expiresAt)}</td>
              <td>{state}</td>
              <td className="number">{formatCount(hits)}</td>
              <td className="soft">
                {past === null ? "–" : `explains ${formatCount(past.explained)} of ${plural(past.samples, "sample")}`}
              </td>
              <td>
                {rule.source === "configuration" ? (
                  <span className="soft">configuration</span>
                ) : (
                  <button type="button" aria-label={`Remove ${rule.id}`} onClick={() => setAsked(rule.id)}>
                    Remove
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {remove.error === null ? null : (
        <p className="problem" role="alert">
          {remove.error.message}
        </p>
      )}
      <ConfirmDialog
        open={asked !== null}
        title="Remove this rule?"
        action="Remove"
        onConfirm={() => {
          if (asked !== null) remove.mutate(asked);
        }}
        onClose={() => setAsked(null)}
      >
        <p>What it hid counts again at once.</p>
      </ConfirmDialog>
    </div>
  );
}
