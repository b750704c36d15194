import { Link, useNavigate } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { EndpointReport } from "../../../src/model/report.ts";
import { endpointOrder, noiseCount } from "./endpoint-order.ts";
import { formatCount, formatPercent, formatRatio } from "../ui/numbers.ts";
import type { OverviewSearch, SortKey } from "../search-params.ts";
import { EndpointFilter } from "./endpoint-filter.tsx";
import { QuantileLine } from "./quantile-line.tsx";
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
  { key: "differed", label: "Differed", title: "Exchanges with any difference, noise included" },
  { key: "parity", label: "Parity", title: "Exchanges without a difference that counts, with a 95 % interval" },
  {
    key: "noise",
    label: "Noise",
    title: "Exchanges in which the noisiest field differs between two copies of the primary",
  },
  { key: "primary", label: "Primary", title: "Sorts by p95", parts: ["p50", "p95", "p99"] },
  { key: "candidate", label: "Candidate", title: "Sorts by p95", parts: ["p50", "p95", "p99"] },
  { key: "ratio", label: "Ratio", title: "Median of candidate / primary latency" },
];
const TEXT_COLUMNS: ReadonlySet<SortKey> = new Set(["endpoint", "verdict"]);

interface Props {
  readonly endpoints: readonly EndpointReport[];
  readonly search: OverviewSearch;
}

/** All endpoints; filters and order live in the URL. */
export function EndpointTable({ endpoints, search }: Props): ReactElement {
  const navigate = useNavigate();
  const change = (next: OverviewSearch): void => {
    void navigate({ to: "/", search: (last) => ({ ...last, ...next }), replace: true, resetScroll: false });
  };
  const { sort = "verdict", dir = "desc" } = search;
  const sortBy = (key: SortKey): void => {
    const first = key === "endpoint" ? "asc" : "desc";
    const turned = dir === "asc" ? "desc" : "asc";
    change({ sort: key, dir: key === sort ? turned : first });
  };
  const shown = endpointOrder(endpoints, search);
  return (
    <section className="panel" aria-labelledby="endpoints-title">
      <div className="panel-head">
        <h2 id="endpoints-title">Endpoints</h2>
        <EndpointFilter search={search} endpoints={endpoints} onChange={change} />
      </div>
      <div className="scroll">
        <table data-begin>
          <caption className="hidden">Endpoints with verdict, parity and latency</caption>
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
              <EndpointRow key={`${endpoint.route} ${endpoint.endpoint}`} endpoint={endpoint} />
            ))}
          </tbody>
        </table>
      </div>
      {shown.length === 0 ? <p className="hint">No endpoint matches the filter.</p> : null}
    </section>
  );
}

function EndpointRow({ endpoint: one }: { readonly endpoint: EndpointReport }): ReactElement {
  const { compared, differed, noiseCompared, parity, latency } = one;
  const noise = noiseCount(one);
  return (
    <tr data-row data-endpoint={one.endpoint}>
      <th scope="row">
        <Link to="/endpoint" search={{ name: one.endpoint, route: one.route }} className="mono-link">
          {one.endpoint}
        </Link>
        <span className="soft small"> {one.route}</span>
      </th>
      <td>
        <VerdictBadge verdict={one.verdict} />
      </td>
      <td className="number">{formatCount(compared)}</td>
      <td className={differed === 0 ? "number soft" : "number"}>{formatCount(differed)}</td>
      <td className="number">
        {compared === 0 ? "–" : formatPercent(parity.rate)}
        {compared === 0 ? null : (
          <span className="soft small interval">
            {formatPercent(parity.low)} – {formatPercent(parity.high)}
          </span>
        )}
      </td>
      <td className="number soft">{noiseCompared === 0 ? "–" : formatPercent(noise / noiseCompared)}</td>
      <td className="number">
        <QuantileLine quantiles={latency.primary} />
      </td>
      <td className="number">
        <QuantileLine quantiles={latency.candidate} />
      </td>
      <td className="number">{latency.ratio === null ? "–" : formatRatio(latency.ratio.estimate)}</td>
    </tr>
  );
}
