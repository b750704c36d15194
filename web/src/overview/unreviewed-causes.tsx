import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { CauseReport, Report } from "../../../src/model/report.ts";
import { formatCount, formatPlural } from "../../../src/presentation/number-format.ts";
import { causeExplanation, causeStateText } from "../ui/cause-text.ts";
import { VerdictBadge } from "../ui/verdict-badge.tsx";

/** The endpoint screens list the rest. */
const MAX_CAUSES = 10;

/** Whether a cause needs a review: more than noise, not hidden by a rule, and not accepted or denied. */
function isUnreviewed({ state, rule, verdict }: CauseReport): boolean {
  return state !== "accepted" && state !== "denied" && rule === null && verdict !== "noise";
}

/** The most urgent causes of all endpoints. */
export function UnreviewedCauses({ report }: { readonly report: Report }): ReactElement {
  const unreviewed = report.endpoints
    .flatMap(({ endpoint, route, causes }) => causes.filter(isUnreviewed).map((cause) => ({ endpoint, route, cause })))
    .sort((left, right) => right.cause.rank - left.cause.rank);
  return (
    <section className="panel" aria-labelledby="causes-title">
      <div className="panel-head">
        <h2 id="causes-title">Unreviewed causes</h2>
        <span className="muted">
          {unreviewed.length > MAX_CAUSES
            ? `top ${MAX_CAUSES} of ${formatCount(unreviewed.length)}`
            : formatPlural(unreviewed.length, "cause")}
        </span>
      </div>
      {unreviewed.length === 0 ? (
        <p className="hint">No unreviewed causes. All differences are noise, reviewed or hidden by a rule.</p>
      ) : (
        <div className="scroll">
          <table>
            <caption className="visually-hidden">Unreviewed causes, most urgent first</caption>
            <thead>
              <tr>
                <th scope="col">Cause</th>
                <th scope="col">Endpoint</th>
                <th scope="col">Explanation</th>
                <th scope="col">Verdict</th>
                <th scope="col">State</th>
                <th scope="col" className="number">
                  Exchanges
                </th>
              </tr>
            </thead>
            <tbody>
              {unreviewed.slice(0, MAX_CAUSES).map(({ endpoint, route, cause }) => (
                <tr key={`${route} ${endpoint} ${cause.signature}`} data-row data-cause={cause.signature}>
                  <th scope="row">
                    <Link
                      to="/endpoint"
                      search={{ name: endpoint, route, cause: cause.signature }}
                      className="mono-link"
                    >
                      {cause.title}
                    </Link>
                  </th>
                  <td>
                    <code>{endpoint}</code>
                  </td>
                  <td>{causeExplanation(cause.fields)}</td>
                  <td>
                    <VerdictBadge verdict={cause.verdict} />
                  </td>
                  <td className="muted">{causeStateText(cause.state)}</td>
                  <td className="number">{formatCount(cause.count)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
