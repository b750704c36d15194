import { Link, useSearch } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { EndpointReport } from "../../../src/model/report.ts";
import { ApiError } from "../data/api-client.ts";
import { useEndpoint } from "../data/queries.ts";
import { CauseTable } from "./cause-table.tsx";
import { FieldTable } from "./field-table.tsx";
import { LatencySummary } from "../latency/latency-summary.tsx";
import { LatencyVerdict } from "../latency/latency-verdict.tsx";
import { QueryState, useLastError } from "../ui/query-state.tsx";
import { ExchangeList } from "./exchange-list.tsx";
import { ParameterPanel } from "./parameter-panel.tsx";
import { StatusPanel } from "./status-panel.tsx";
import { useSelection } from "../data/selection.ts";
import { VerdictBadge } from "../ui/verdict-badge.tsx";
import { excusedText } from "../../../src/presentation/verdict/excused-text.ts";
import { formatCount, formatShare } from "../../../src/presentation/words/number-format.ts";
import { useTitle } from "../ui/use-title.ts";
import type { EndpointSearch } from "../search-params.ts";
import "./endpoint.css";

/** `/endpoint?name=…`: the causes, differing fields and stored exchanges of one endpoint. */
export function EndpointScreen(): ReactElement {
  const search = useSearch({ from: "/endpoint" });
  const { run, candidate } = useSelection();
  const endpoint = useEndpoint({ run: run.id, candidate }, search.name, search.route);
  useTitle(search.name);
  const error = useLastError(endpoint);
  if (error instanceof ApiError && error.status === 404) {
    return (
      <div className="empty-state">
        <h2>No comparisons on this endpoint</h2>
        <p>
          <code>{search.name}</code> was not compared in this run. <Link to="/endpoints">All endpoints</Link>
        </p>
      </div>
    );
  }
  return (
    <QueryState query={endpoint} what="the endpoint">
      {(data) => <Endpoint endpoint={data} search={search} />}
    </QueryState>
  );
}

interface Props {
  readonly endpoint: EndpointReport;
  readonly search: EndpointSearch;
}

function Endpoint({ endpoint, search }: Props): ReactElement {
  const excused = excusedText([endpoint]);
  return (
    <>
      <nav className="breadcrumb" aria-label="Breadcrumb">
        <Link to="/">Overview</Link> <span aria-hidden="true">›</span>{" "}
        <span aria-current="page">{endpoint.endpoint}</span>
      </nav>
      <div className="two-columns">
        <section className={`panel verdict-${endpoint.verdict}`} aria-labelledby="endpoint-title">
          <h1 id="endpoint-title" aria-live="polite">
            <VerdictBadge verdict={endpoint.verdict} /> <code>{endpoint.endpoint}</code>
          </h1>
          <p className="facts">
            <span>
              compared <b>{formatCount(endpoint.compared)}</b>
            </span>
            <span>
              differed <b>{formatCount(endpoint.differed)}</b>
            </span>
            <span>
              parity <b>{formatShare(endpoint.parity.rate)}</b>{" "}
              <span className="muted">
                ({formatShare(endpoint.parity.low)} – {formatShare(endpoint.parity.high)})
              </span>
            </span>
            <span>
              with secondary <b>{formatCount(endpoint.noiseCompared)}</b>
            </span>
          </p>
          {excused === null ? null : (
            <p className="hint" data-excused>
              {excused}.
            </p>
          )}
          <ul className="reasons">
            {endpoint.reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </section>
        <section className="panel" aria-labelledby="endpoint-latency-title">
          <div className="panel-head">
            <h2 id="endpoint-latency-title">Latency</h2>
            <Link to="/latency" search={{ endpoint: endpoint.endpoint }}>
              Show charts
            </Link>
          </div>
          <LatencySummary latency={endpoint.latency} />
          <LatencyVerdict latency={endpoint.latency} />
        </section>
      </div>
      <StatusPanel endpoint={endpoint} />
      <CauseTable endpoint={endpoint} search={search} />
      <FieldTable endpoint={endpoint} search={search} />
      <ParameterPanel endpoint={endpoint} search={search} />
      <ExchangeList endpoint={endpoint} search={search} />
    </>
  );
}
