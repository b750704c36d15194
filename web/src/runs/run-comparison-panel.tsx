import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { ComparedCause, RunComparison } from "../../../src/model/report.ts";
import { formatPercent, plural } from "../ui/numbers.ts";
import { VerdictBadge } from "../ui/verdict-badge.tsx";

const GROUPS = [
  ["new", "New", "Nothing is new."],
  ["still", "Still there", "Nothing is left of the run before."],
  ["fixed", "Fixed", "Nothing was fixed."],
] as const;

/** What is new, still there and fixed in a run beside an earlier one. */
export function RunComparisonPanel({ comparison }: { readonly comparison: RunComparison }): ReactElement {
  const { before, after, unseen } = comparison;
  return (
    <>
      {GROUPS.map(([group, title, nothing]) => (
        <section key={group} data-group={group} aria-labelledby={`${group}-title`}>
          <h3 id={`${group}-title`}>
            {title} <span className="soft small">{plural(comparison[group].length, "cause")}</span>
          </h3>
          {comparison[group].length === 0 ? (
            <p className="hint">{nothing}</p>
          ) : (
            <CauseRows
              causes={comparison[group]}
              caption={title}
              run={group === "fixed" ? before.id : after.id}
              names={[before.name, after.name]}
            />
          )}
        </section>
      ))}
      {unseen.length === 0 ? null : (
        <section data-group="unseen" aria-labelledby="unseen-title">
          <h3 id="unseen-title">Not seen often enough since</h3>
          <p className="hint">These had causes before; nothing can be said of them.</p>
          <ul className="reasons">
            {unseen.map((endpoint) => (
              <li key={endpoint}>
                <code>{endpoint}</code>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

interface RowsProps {
  readonly causes: readonly ComparedCause[];
  readonly caption: string;
  /** Whose samples show the causes. */
  readonly run: string;
  readonly names: readonly [before: string, after: string];
}

function CauseRows({ causes, caption, run, names }: RowsProps): ReactElement {
  return (
    <div className="scroll">
      <table>
        <caption className="hidden">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Cause</th>
            <th scope="col">Endpoint</th>
            <th scope="col">Verdict</th>
            {names.map((name, index) => (
              // Two runs may have one name; their places tell them apart.
              // oxlint-disable-next-line react/no-array-index-key
              <th key={index} scope="col" className="number" title="Share of the compared exchanges of the endpoint">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {causes.map(({ endpoint, signature, title, verdict, before, after }) => (
            <tr key={`${endpoint} ${signature}`} data-row data-cause={signature}>
              <th scope="row">
                <Link to="/endpoint" search={{ name: endpoint, cause: signature, run }} className="mono-link">
                  {title}
                </Link>
              </th>
              <td>
                <code>{endpoint}</code>
              </td>
              <td>
                <VerdictBadge verdict={verdict} />
              </td>
              <td className="number">{before === null ? "–" : formatPercent(before)}</td>
              <td className="number">{after === null ? "–" : formatPercent(after)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
