import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { CauseReport, Report } from "../../../src/model/report.ts";
import { formatCount, plural } from "../ui/numbers.ts";
import { stateWords } from "../ui/words.ts";
import { RelationList } from "../ui/relation-list.tsx";
import { VerdictBadge } from "../ui/verdict-badge.tsx";

/** As many as a person looks through in one go; the endpoints have all of them. */
const MOST = 10;

/** Somebody still has to look: nothing was decided that holds, no rule hides it, and it is more than noise. */
function isOpen({ state, rule, verdict }: CauseReport): boolean {
  return state !== "accepted" && state !== "denied" && rule === null && verdict !== "noise";
}

/** What to look at first, over all endpoints. */
export function UnreviewedCauses({ report }: { readonly report: Report }): ReactElement {
  const open = report.endpoints
    .flatMap(({ endpoint, route, causes }) => causes.filter(isOpen).map((cause) => ({ endpoint, route, cause })))
    .sort((one, two) => two.cause.rank - one.cause.rank);
  return (
    <section className="panel" aria-labelledby="causes-title">
      <div className="panel-head">
        <h2 id="causes-title">Causes that nobody has decided about</h2>
        <span className="soft">
          {open.length > MOST ? `the first ${MOST} of ${formatCount(open.length)}` : plural(open.length, "cause")}
        </span>
      </div>
      {open.length === 0 ? (
        <p className="hint">None. What differs is noise, or somebody has decided about it.</p>
      ) : (
        <div className="scroll">
          <table>
            <caption className="hidden">Undecided causes, the gravest first</caption>
            <thead>
              <tr>
                <th scope="col">Cause</th>
                <th scope="col">Endpoint</th>
                <th scope="col">What explains it</th>
                <th scope="col">Verdict</th>
                <th scope="col">State</th>
                <th scope="col" className="number">
                  Exchanges
                </th>
              </tr>
            </thead>
            <tbody>
              {open.slice(0, MOST).map(({ endpoint, route, cause }) => (
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
                  <td>
                    <RelationList fields={cause.fields} />
                  </td>
                  <td>
                    <VerdictBadge verdict={cause.verdict} />
                  </td>
                  <td className="soft">{stateWords(cause.state)}</td>
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
