import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { ComparedCause, RunComparison } from "../../../src/model/views/run-comparison.ts";
import { formatCount, formatShare, formatPlural } from "../../../src/presentation/words/number-format.ts";
import { VerdictBadge } from "../ui/verdict-badge.tsx";

const GROUPS = [
  ["new", "New", "No new causes."],
  ["fixed", "Fixed", "No causes were fixed."],
  ["still", "Still present", "No cause is in both runs."],
] as const;

/** The causes that are new, still present and fixed in the later of two runs. */
export function ComparedCauses({ comparison }: { readonly comparison: RunComparison }): ReactElement {
  const { before, after, unseen } = comparison;
  return (
    <>
      <p className="comparison-summary">
        {GROUPS.map(([group, title]) => (
          <span key={group}>
            <b>{formatCount(comparison[group].length)}</b> {title.toLowerCase()}
          </span>
        ))}
      </p>
      {GROUPS.map(([group, title, empty]) => (
        <section key={group} data-group={group} aria-labelledby={`${group}-title`}>
          <h3 id={`${group}-title`}>
            {title} <span className="muted small">{formatPlural(comparison[group].length, "cause")}</span>
          </h3>
          {comparison[group].length === 0 ? (
            <p className="hint">{empty}</p>
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
          <h3 id="unseen-title">Too few comparisons</h3>
          <p className="hint">
            These endpoints had causes before. They now have too few comparisons to tell whether the causes are fixed.
          </p>
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
  /** Id of the run whose exchanges show the causes. */
  readonly run: string;
  readonly names: readonly [before: string, after: string];
}

function CauseRows({ causes, caption, run, names }: RowsProps): ReactElement {
  return (
    <div className="scroll">
      <table>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Cause</th>
            <th scope="col">Endpoint</th>
            <th scope="col">Verdict</th>
            {(["Before", "After"] as const).map((label, index) => (
              <th
                key={label}
                scope="col"
                className="number"
                title={`Share of the endpoint's compared exchanges in ${names[index] ?? ""}`}
              >
                {label}
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
              <td className="number">{before === null ? "–" : formatShare(before)}</td>
              <td className="number">{after === null ? "–" : formatShare(after)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
