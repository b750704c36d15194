import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { EndpointReport } from "../../../src/model/report.ts";
import { useSamples, type SampleSummary } from "../data/queries.ts";
import { formatPlural } from "../../../src/presentation/words/number-format.ts";
import { formatDateTime } from "../ui/time.ts";
import type { EndpointSearch } from "../search-params.ts";
import { QueryState } from "../ui/query-state.tsx";
import { formatStatus } from "../../../src/presentation/statuses/status-change.ts";
import { ParameterFilter } from "./parameter-filter.tsx";
import { useSelection } from "../data/selection.ts";

const LIMIT = 50;

interface Props {
  readonly endpoint: EndpointReport;
  readonly search: EndpointSearch;
}

/** Stored exchanges of an endpoint, or those that differ in the selected field. */
export function ExchangeList({ endpoint, search }: Props): ReactElement {
  const { run, candidate } = useSelection();
  const { name, section, path, query, without } = search;
  const byQuery = without === undefined ? { query } : { withoutQuery: query };
  const samples = useSamples({ run: run.id, candidate, endpoint: name, section, path, ...byQuery, limit: LIMIT });
  return (
    <section className="panel" aria-labelledby="samples-title">
      <div className="panel-head">
        <h2 id="samples-title">
          Exchanges{path === undefined ? "" : " that differ in "}
          {path === undefined ? null : (
            <code>
              {section} {path}
            </code>
          )}
        </h2>
        <ParameterFilter parameters={endpoint.parameters} search={search} />
        {path === undefined ? null : (
          <Link
            to="/endpoint"
            search={(last) => ({ ...last, name, section: undefined, path: undefined })}
            resetScroll={false}
          >
            Show all exchanges
          </Link>
        )}
      </div>
      <QueryState query={samples} what="the exchanges">
        {({ samples: heads }) =>
          heads.length === 0 ? (
            <p className="hint">
              No stored exchanges. A few exchanges are stored per differing field; old ones are deleted when they exceed
              the retention limits.
            </p>
          ) : (
            <ExchangeTable heads={heads} search={search} />
          )
        }
      </QueryState>
    </section>
  );
}

interface TableProps {
  readonly heads: readonly SampleSummary[];
  readonly search: EndpointSearch;
}

function ExchangeTable({ heads, search }: TableProps): ReactElement {
  const { section, path } = search;
  return (
    <div className="scroll">
      <table>
        <caption className="visually-hidden">Stored exchanges, newest first</caption>
        <thead>
          <tr>
            <th scope="col">Request</th>
            <th scope="col">Received</th>
            <th scope="col">Status (primary → candidate)</th>
            <th scope="col">Differences</th>
          </tr>
        </thead>
        <tbody>
          {heads.map((head) => (
            <tr key={head.id} data-row data-sample={head.id}>
              <th scope="row">
                <Link to="/sample/$id" params={{ id: head.id }} search={{ section, path }} className="mono-link">
                  {head.method} {head.target}
                </Link>
              </th>
              <td className="nowrap">{formatDateTime(head.at)}</td>
              <td className="nowrap">
                {formatStatus(head.primaryStatus)} → {formatStatus(head.candidateStatus)}
              </td>
              <td className="muted">
                {formatPlural(head.fields.filter(({ mark }) => mark !== "noise").length, "field")}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
