import { Link } from "@tanstack/react-router";
import { Fragment, type ReactElement } from "react";
import type { CauseReport, EndpointReport } from "../../../src/model/report.ts";
import { formatCount, formatPercent } from "../ui/numbers.ts";
import { stateWords } from "../ui/words.ts";
import type { EndpointSearch } from "../search-params.ts";
import { CauseActions } from "./cause-actions.tsx";
import { FieldTable } from "./field-table.tsx";
import { RelationList } from "../ui/relation-list.tsx";
import { VerdictBadge } from "../ui/verdict-badge.tsx";

interface Props {
  readonly endpoint: EndpointReport;
  readonly search: EndpointSearch;
}

/** Differences that occur together are one row; the open one shows its fields and what can be done about it. */
export function CauseTable({ endpoint, search }: Props): ReactElement {
  const causes = endpoint.causes.toSorted((one, two) => two.rank - one.rank);
  return (
    <section className="panel" aria-labelledby="causes-title">
      <h2 id="causes-title">Causes</h2>
      {causes.length === 0 ? (
        <p className="hint">The candidate never differs here.</p>
      ) : (
        <div className="scroll">
          <table>
            <caption className="hidden">Causes of differences on {endpoint.endpoint}, the gravest first</caption>
            <thead>
              <tr>
                <th scope="col">Cause</th>
                <th scope="col">What explains it</th>
                <th scope="col">Verdict</th>
                <th scope="col">State</th>
                <th scope="col" className="number">
                  Exchanges
                </th>
              </tr>
            </thead>
            <tbody>
              {causes.map((cause) => (
                <Fragment key={cause.signature}>
                  <CauseRow cause={cause} endpoint={endpoint} search={search} />
                  {search.cause === cause.signature ? (
                    <tr>
                      <td colSpan={5} className="cause-open" id="cause-open">
                        <CauseActions key={cause.signature} cause={cause} endpoint={endpoint.endpoint} />
                        <FieldTable endpoint={endpoint} search={search} cause={cause.signature} />
                      </td>
                    </tr>
                  ) : null}
                </Fragment>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function CauseRow({ cause, endpoint, search }: Props & { readonly cause: CauseReport }): ReactElement {
  const { signature, title, fields, verdict, state, rule, count } = cause;
  const open = search.cause === signature;
  return (
    <tr data-row data-cause={signature} className={open ? "selected" : undefined}>
      <th scope="row">
        <Link
          to="/endpoint"
          search={(last) => ({
            ...last,
            name: search.name,
            cause: open ? undefined : signature,
            // The samples of a cause are those of its most frequent field.
            section: open ? undefined : fields[0]?.section,
            path: open ? undefined : fields[0]?.path,
          })}
          resetScroll={false}
          className="mono-link"
          aria-expanded={open}
          aria-controls={open ? "cause-open" : undefined}
        >
          {title}
        </Link>
      </th>
      <td>
        <RelationList fields={fields} />
      </td>
      <td>
        <VerdictBadge verdict={verdict} />
      </td>
      <td className="soft">{rule === null ? stateWords(state) : `hidden by the rule ${rule}`}</td>
      <td className="number">
        {formatCount(count)}{" "}
        <span className="soft small">{endpoint.compared === 0 ? "" : formatPercent(count / endpoint.compared)}</span>
      </td>
    </tr>
  );
}
