import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { ComparedCause, RunComparison } from "../../../src/model/views/run-comparison.ts";
import { formatCount, formatShare, formatPlural, NOT_MEASURED } from "../../../src/presentation/words/number-format.ts";
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
            <b>{formatCount(causeCount(comparison[group]))}</b> {title.toLowerCase()}
          </span>
        ))}
      </p>
      {GROUPS.map(([group, title, empty]) => (
        <section key={group} data-group={group} aria-labelledby={`${group}-title`}>
          <h3 id={`${group}-title`}>
            {title} <span className="muted small">{formatPlural(causeCount(comparison[group]), "cause")}</span>
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
          {[...Map.groupBy(causes, ({ signature }) => signature).values()].map((group) => (
            <CauseRow key={group[0]?.signature} group={group} run={run} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A cause that several endpoints show is one. */
function causeCount(causes: readonly ComparedCause[]): number {
  return new Set(causes.map(({ signature }) => signature)).size;
}

/** A cause on all endpoints that show it: it is decided once. */
function CauseRow({
  group,
  run,
}: {
  readonly group: readonly ComparedCause[];
  readonly run: string;
}): ReactElement | null {
  const [first] = group;
  if (first === undefined) return null;
  const { endpoint, signature, title } = first;
  const verdict = group.find((each) => each.verdict === "real")?.verdict ?? first.verdict;
  return (
    <tr data-row data-cause={signature}>
      <th scope="row">
        <Link to="/endpoint" search={{ name: endpoint, cause: signature, run }} className="mono-link">
          {title}
        </Link>
      </th>
      <td>
        {group.length === 1 ? (
          <code>{endpoint}</code>
        ) : (
          <details>
            <summary>{formatPlural(group.length, "endpoint")}</summary>
            {group.map((each) => (
              <Link
                key={each.endpoint}
                to="/endpoint"
                search={{ name: each.endpoint, cause: signature, run }}
                className="mono-link compared-endpoint"
              >
                {each.endpoint}
              </Link>
            ))}
          </details>
        )}
      </td>
      <td>
        <VerdictBadge verdict={verdict} />
      </td>
      <td className="number">{shareRange(group.map(({ before }) => before))}</td>
      <td className="number">{shareRange(group.map(({ after }) => after))}</td>
    </tr>
  );
}

/** The shares of the endpoints, as one or from the smallest to the largest. */
function shareRange(shares: readonly (number | null)[]): string {
  const known = shares.filter((share) => share !== null);
  if (known.length === 0) return NOT_MEASURED;
  const [low, high] = [formatShare(Math.min(...known)), formatShare(Math.max(...known))];
  return low === high ? low : `${low} – ${high}`;
}
