import { Link } from "@tanstack/react-router";
import { Fragment, type ReactElement } from "react";
import type { CauseReport, EndpointReport } from "../../../src/model/report.ts";
import { byImportance } from "../../../src/presentation/order/cause-order.ts";
import { formatCount, formatPlural, formatShare } from "../../../src/presentation/words/number-format.ts";
import { causeStateText } from "../../../src/presentation/statuses/status-rows.ts";
import type { EndpointSearch } from "../search-params.ts";
import { CauseActions } from "./cause-actions.tsx";
import { parameterPhrase } from "../../../src/presentation/words/parameter-words.ts";
import { FieldTable } from "./field-table.tsx";
import { CauseParameters } from "./parameter-panel.tsx";
import { VerdictBadge } from "../ui/verdict-badge.tsx";

interface Props {
  readonly endpoint: EndpointReport;
  readonly search: EndpointSearch;
}

/** One row per cause; the expanded one shows its fields and the review actions. */
export function CauseTable({ endpoint, search }: Props): ReactElement {
  const causes = endpoint.causes.toSorted(byImportance);
  return (
    <section className="panel" aria-labelledby="causes-title">
      <h2 id="causes-title">Causes</h2>
      {causes.length === 0 ? (
        <p className="hint">No differences on this endpoint.</p>
      ) : (
        <div className="scroll">
          <table>
            <caption className="visually-hidden">
              Causes of differences on {endpoint.endpoint}, most urgent first
            </caption>
            <thead>
              <tr>
                <th scope="col">Cause</th>
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
                      <td colSpan={4} className="cause-open" id="cause-open">
                        <CauseActions key={cause.signature} cause={cause} endpoint={endpoint.endpoint} />
                        <FieldTable endpoint={endpoint} search={search} cause={cause.signature} />
                        <CauseParameters cause={cause} search={search} />
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
  const { signature, title, fields, verdict, count, endpoints } = cause;
  const open = search.cause === signature;
  const phrase = parameterPhrase(cause.parameters);
  return (
    <tr data-row data-cause={signature} className={open ? "selected" : undefined}>
      <th scope="row">
        <Link
          to="/endpoint"
          search={(last) => ({
            ...last,
            name: search.name,
            cause: open ? undefined : signature,
            // The most frequent field selects the exchanges to list.
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
        {phrase === null ? null : <span className="muted small subline">{phrase}</span>}
        {endpoints === 1 ? null : (
          <span className="muted small subline">
            also on {formatPlural(endpoints - 1, "other endpoint")}; a review applies to all endpoints
          </span>
        )}
      </th>
      <td>
        <VerdictBadge verdict={verdict} />
      </td>
      <td className="muted">{causeStateText(cause)}</td>
      <td className="number">
        {formatCount(count)}{" "}
        <span className="muted small">{endpoint.compared === 0 ? "" : formatShare(count / endpoint.compared)}</span>
      </td>
    </tr>
  );
}
