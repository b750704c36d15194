import type { ReactElement } from "react";
import type { RulePreview } from "../../../src/model/rule.ts";
import { formatCount, plural } from "../ui/numbers.ts";

/** What the rule in the form would do. */
export function RulePreviewPanel({ preview }: { readonly preview: RulePreview }): ReactElement {
  const { exchanges, noLongerCounting, endpoints, denied, basis, overBroad } = preview;
  return (
    <div data-preview>
      <p>
        Touches <b>{plural(exchanges, "exchange")}</b> on {plural(endpoints.length, "endpoint")};{" "}
        <b>{formatCount(noLongerCounting)}</b> would no longer count.
      </p>
      <p className="hint">
        {basis.type === "exact"
          ? "Counted exactly."
          : `Estimated: it explains ${formatCount(basis.explained)} of ${plural(basis.samples, "kept sample")}.`}
      </p>
      <ul className="reasons">
        {endpoints.map(({ endpoint, exchanges: count, fields }) => (
          <li key={endpoint}>
            <code>{endpoint}</code>: {plural(count, "exchange")}, {fields.join(", ")}
          </li>
        ))}
      </ul>
      {denied.length === 0 ? null : (
        <div className="problem">
          It names what somebody has denied, which counts all the same:
          <ul>
            {denied.map(({ endpoint, title }) => (
              <li key={`${endpoint} ${title}`}>
                {endpoint}: {title}
              </li>
            ))}
          </ul>
        </div>
      )}
      {overBroad === null ? null : <p className="problem">It hides too much. {overBroad}</p>}
    </div>
  );
}
