import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { LatencyView } from "../../../src/model/latency.ts";
import { useLatency, useReport } from "../data/queries.ts";
import { LatencyCharts } from "./latency-charts.tsx";
import { LatencySummary } from "./latency-summary.tsx";
import { NoTraffic } from "../ui/no-traffic.tsx";
import { QueryState } from "../ui/query-state.tsx";
import { useSelection } from "../data/selection.ts";
import { useTitle } from "../ui/use-title.ts";
import "./latency.css";

/** `/latency`: latencies of all roles, for one endpoint or all. */
export function LatencyScreen(): ReactElement {
  const { endpoint } = useSearch({ from: "/latency" });
  const { run, candidate } = useSelection();
  const scope = { run: run.id, candidate };
  const latency = useLatency(scope, endpoint);
  const report = useReport(scope);
  const navigate = useNavigate();
  useTitle(endpoint === undefined ? "Latency" : `Latency of ${endpoint}`);
  const names = [...new Set((report.data?.endpoints ?? []).map((each) => each.endpoint))].sort();
  if (endpoint !== undefined && !names.includes(endpoint)) names.unshift(endpoint);
  return (
    <>
      <section className="panel" aria-labelledby="latency-title">
        <div className="panel-head">
          <h1 id="latency-title">Latency</h1>
          <label>
            Endpoint{" "}
            <select
              value={endpoint ?? ""}
              onChange={(event) => {
                const selected = event.target.value === "" ? undefined : event.target.value;
                void navigate({ to: "/latency", search: { endpoint: selected }, resetScroll: false });
              }}
            >
              <option value="">all endpoints</option>
              {names.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          {endpoint === undefined ? null : (
            <Link to="/endpoint" search={{ name: endpoint }}>
              Differences on this endpoint
            </Link>
          )}
        </div>
        {latency.data === undefined ? null : <LatencySummary latency={summaryOf(latency.data)} />}
      </section>
      <QueryState query={latency} what="the latencies">
        {(view) => (view.distributions.primary.count === 0 ? <NoTraffic /> : <LatencyCharts view={view} />)}
      </QueryState>
    </>
  );
}

function summaryOf({ distributions, ratio, twin, bias }: LatencyView): Parameters<typeof LatencySummary>[0]["latency"] {
  const { primary, candidate, secondary } = distributions;
  return {
    primary: primary.quantiles,
    candidate: candidate.quantiles,
    secondary: secondary.quantiles,
    ratio,
    twin,
    bias,
  };
}
