import { useState, type ReactElement } from "react";
import type { RuleReport } from "../../../src/model/report.ts";
import { useRemoveRule } from "../data/rule-changes.ts";
import { ruleActionText } from "./rule-action-text.ts";
import { formatCount, formatPlural, NOT_MEASURED } from "../../../src/presentation/words/number-format.ts";
import { formatDateTime } from "../ui/time.ts";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";
import { ErrorMessage } from "../ui/error-message.tsx";

/** All rules, with their effect in this run. */
export function RuleTable({ rules }: { readonly rules: readonly RuleReport[] }): ReactElement {
  const [removing, setRemoving] = useState<string | null>(null);
  const remove = useRemoveRule();
  if (rules.length === 0)
    return (
      <p className="hint">
        No rules yet. Select a cause in the overview and choose “Ignore with a rule” to fill in the form.
      </p>
    );
  return (
    <div className="scroll">
      <table>
        <caption className="visually-hidden">Rules and their effect in this run</caption>
        <thead>
          <tr>
            {["Applies to", "Action", "Owner", "Reason", "Expires", "State", "Hits", "Earlier exchanges", "Source"].map(
              (name) => (
                <th key={name} scope="col" className={name === "Hits" ? "number" : undefined}>
                  {name}
                </th>
              ),
            )}
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
              <td>
                <span className="sentence">{ruleActionText(rule.action)}</span>
              </td>
              <td>{rule.owner}</td>
              <td className="value">{rule.reason}</td>
              <td className="nowrap">{rule.expiresAt === null ? "–" : formatDateTime(rule.expiresAt)}</td>
              <td>{state}</td>
              <td className="number">{formatCount(hits)}</td>
              <td className="muted">
                {past === null || past.samples === 0
                  ? NOT_MEASURED
                  : `explains ${formatCount(past.explained)} of ${formatPlural(past.samples, "stored exchange")}`}
              </td>
              <td>
                {rule.source === "configuration" ? (
                  <span className="muted">configuration</span>
                ) : (
                  <button type="button" aria-label={`Remove rule ${rule.id}`} onClick={() => setRemoving(rule.id)}>
                    Remove
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <ErrorMessage error={remove.error} />
      <ConfirmDialog
        open={removing !== null}
        title="Remove this rule?"
        action="Remove"
        onConfirm={() => {
          if (removing !== null) remove.mutate(removing);
        }}
        onClose={() => setRemoving(null)}
      >
        <p>The differences it hides count again immediately.</p>
      </ConfirmDialog>
    </div>
  );
}
