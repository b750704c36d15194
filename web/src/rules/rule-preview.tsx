import type { ReactElement } from "react";
import type { RulePreview } from "../../../src/model/views/change-preview.ts";
import { formatCount, formatPlural } from "../../../src/presentation/words/number-format.ts";

/** What the rule in the form would hide. */
export function RulePreviewPanel({ preview }: { readonly preview: RulePreview }): ReactElement {
  const { exchanges, noLongerCounting, endpoints, denied, basis, warnings, overBroad } = preview;
  return (
    <div data-preview>
      <p>
        Affects <b>{formatPlural(exchanges, "exchange")}</b> on {formatPlural(endpoints.length, "endpoint")};{" "}
        <b>{formatCount(noLongerCounting)}</b> would no longer count.
      </p>
      <p className="hint">
        {basis.type === "exact"
          ? "These counts are exact."
          : `Estimated: the rule explains ${formatCount(basis.explained)} of ${formatPlural(basis.samples, "stored exchange")}.`}
      </p>
      <ul className="reasons">
        {endpoints.map(({ endpoint, exchanges: count, fields }) => (
          <li key={endpoint}>
            <code>{endpoint}</code>: {formatPlural(count, "exchange")}, {fields.join(", ")}
          </li>
        ))}
      </ul>
      {denied.length === 0 ? null : (
        <div className="error-text">
          These denied causes match the rule and count anyway:
          <ul>
            {denied.map(({ endpoint, title }) => (
              <li key={`${endpoint} ${title}`}>
                {endpoint}: {title}
              </li>
            ))}
          </ul>
        </div>
      )}
      {warnings.map((warning) => (
        <p key={warning} className="error-text">
          {warning}
        </p>
      ))}
      {overBroad === null ? null : <p className="error-text">The rule hides too much. {overBroad}</p>}
    </div>
  );
}
