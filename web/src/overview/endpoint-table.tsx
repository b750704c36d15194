import { Link, useNavigate } from "@tanstack/react-router";
import { useState, type ReactElement } from "react";
import type { EndpointReport, Quantiles } from "../../../src/model/report.ts";
import { filterEndpoints, noiseCount } from "./sort-and-filter-endpoints.ts";
import {
  formatCount,
  formatDuration,
  formatFactor,
  formatInterval,
  formatPlural,
  formatShare,
  NOT_MEASURED,
} from "../../../src/presentation/words/number-format.ts";
import type { OverviewSearch, SortKey } from "../search-params.ts";
import { EndpointFilter } from "./endpoint-filter.tsx";

import { SortHeader } from "./sort-header.tsx";
import { VerdictBadge } from "../ui/verdict-badge.tsx";

interface Column {
  readonly key: SortKey;
  readonly label: string;
  readonly title?: string;
  readonly parts?: readonly string[];
}

const COLUMNS: readonly Column[] = [
  { key: "endpoint", label: "Endpoint" },
  { key: "verdict", label: "Verdict" },
  { key: "compared", label: "Compared" },
  { key: "differed", label: "Differed", title: "Exchanges with a difference, including noise" },
  {
    key: "parity",
    label: "Parity",
    title: "Share of exchanges without a counting difference, with its 95% confidence interval",
  },
  {
    key: "noise",
    label: "Noise",
    title: "Share of exchanges in which the noisiest field differs between primary and secondary",
  },
  { key: "primary", label: "Primary", title: "Latency; sorts by p95", parts: ["p50", "p95", "p99"] },
  { key: "candidate", label: "Candidate", title: "Latency; sorts by p95", parts: ["p50", "p95", "p99"] },
  { key: "ratio", label: "Ratio", title: "Typical latency ratio of candidate to primary" },
];
const TEXT_COLUMNS: ReadonlySet<SortKey> = new Set(["endpoint", "verdict"]);

/** Shown at first; a button shows the rest. */
const MAX_ENDPOINTS = 50;

interface Props {
  readonly endpoints: readonly EndpointReport[];
  readonly search: OverviewSearch;
}

/** All endpoints; the URL holds filter and order. */
export function EndpointTable({ endpoints, search }: Props): ReactElement {
  const navigate = useNavigate();
  const change = (next: OverviewSearch): void => {
    void navigate({ to: "/", search: (last) => ({ ...last, ...next }), replace: true, resetScroll: false });
  };
  const { sort = "verdict", dir = "desc" } = search;
  const sortBy = (key: SortKey): void => {
    const initial = key === "endpoint" ? "asc" : "desc";
    const reversed = dir === "asc" ? "desc" : "asc";
    change({ sort: key, dir: key === sort ? reversed : initial });
  };
  const [showsAll, setShowsAll] = useState(false);
  const chosen = filterEndpoints(endpoints, search);
  const shown = showsAll ? chosen : chosen.slice(0, MAX_ENDPOINTS);
  const rest = chosen.length - shown.length;
  const routes = new Set(endpoints.map(({ route }) => route));
  return (
    <section className="panel" aria-labelledby="endpoints-title">
      <div className="panel-head">
        <h2 id="endpoints-title">Endpoints</h2>
        <EndpointFilter search={search} endpoints={endpoints} onChange={change} />
      </div>
      <div className="scroll">
        <table data-first-focus>
          <caption className="visually-hidden">Endpoints with verdict, parity and latency</caption>
          <thead>
            <tr>
              {COLUMNS.map(({ key, label, title, parts }) => (
                <SortHeader
                  key={key}
                  label={label}
                  title={title}
                  parts={parts}
                  numeric={!TEXT_COLUMNS.has(key)}
                  direction={key === sort ? dir : undefined}
                  onSort={() => sortBy(key)}
                />
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((endpoint) => (
              <EndpointRow
                key={`${endpoint.route} ${endpoint.endpoint}`}
                endpoint={endpoint}
                hasRoutes={routes.size > 1}
              />
            ))}
          </tbody>
        </table>
      </div>
      {rest === 0 ? null : (
        <p className="buttons">
          <button type="button" onClick={() => setShowsAll(true)}>
            Show {formatPlural(rest, "more endpoint")}
          </button>
        </p>
      )}
      {shown.length === 0 ? <p className="hint">No endpoint matches the filter.</p> : null}
    </section>
  );
}

interface RowProps {
  readonly endpoint: EndpointReport;
  /** Whether the run has several routes, so that the name of one says something. */
  readonly hasRoutes: boolean;
}

function EndpointRow({ endpoint: report, hasRoutes }: RowProps): ReactElement {
  const { endpoint, route, compared, differed, noiseCompared, parity, latency } = report;
  const noise = noiseCount(report);
  return (
    <tr data-row data-endpoint={endpoint}>
      <th scope="row">
        <Link to="/endpoint" search={{ name: endpoint, route }} className="mono-link">
          {endpoint}
        </Link>
        {hasRoutes ? <span className="muted small"> {route}</span> : null}
      </th>
      <td>
        <VerdictBadge verdict={report.verdict} />
      </td>
      <td className="number">{formatCount(compared)}</td>
      <td className={differed === 0 ? "number muted" : "number"}>{formatCount(differed)}</td>
      <td className="number">
        {compared === 0 ? NOT_MEASURED : formatShare(parity.rate)}
        {compared === 0 ? null : <span className="muted small subline">{formatInterval(parity, formatShare)}</span>}
      </td>
      <td className="number muted">{noiseCompared === 0 ? NOT_MEASURED : formatShare(noise / noiseCompared)}</td>
      <td className="number">
        <QuantileCells quantiles={latency.primary} />
      </td>
      <td className="number">
        <QuantileCells quantiles={latency.candidate} />
      </td>
      <td className="number">{latency.ratio === null ? NOT_MEASURED : formatFactor(latency.ratio.estimate)}</td>
    </tr>
  );
}

function QuantileCells({ quantiles: { p50, p95, p99 } }: { readonly quantiles: Quantiles }): ReactElement {
  return (
    <span className="quantiles">
      <span title="p50">{formatDuration(p50)}</span>
      <span title="p95">{formatDuration(p95)}</span>
      <span title="p99">{formatDuration(p99)}</span>
    </span>
  );
}
