import { useState, type ReactElement } from "react";
import type { RuleReport } from "../../../src/model/report.ts";
import { useRemoveRule } from "../data/rule-changes.ts";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";
import { ErrorMessage } from "../ui/error-message.tsx";
import { RuleRow } from "./rule-row.tsx";

/** All rules with their effect in this run; those that need attention come first. */
export function RuleTable({ rules }: { readonly rules: readonly RuleReport[] }): ReactElement {
  const [removing, setRemoving] = useState<string | null>(null);
  const remove = useRemoveRule();
  if (rules.length === 0) {
    return <p className="hint">No rules yet. “Ignore” on the page of an endpoint makes one, or the form above.</p>;
  }
  const sorted = rules.toSorted((one, other) => Number(one.state === "active") - Number(other.state === "active"));
  return (
    <div className="scroll">
      <table className="rules">
        <caption className="visually-hidden">Rules and their effect in this run</caption>
        <thead>
          <tr>
            <th scope="col">Fields</th>
            <th scope="col">Endpoint</th>
            <th scope="col">Action</th>
            <th scope="col">Reason</th>
            <th scope="col">Expires</th>
            <th scope="col" className="number" title="Exchanges in which it hides at least one difference">
              Hits
            </th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((report) => (
            <RuleRow key={report.rule.id} report={report} onRemove={setRemoving} />
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
