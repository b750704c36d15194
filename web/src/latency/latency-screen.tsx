import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { useLatency } from "../data/queries.ts";
import { useSelection } from "../data/selection.ts";
import type { LatencySearch } from "../search-params.ts";
import { NoTraffic } from "../shell/no-traffic.tsx";
import { QueryState } from "../ui/query-state.tsx";
import { useTitle } from "../ui/use-title.ts";
import { measuredRoles } from "./chart-data.ts";
import { EndpointPicker } from "./endpoint-picker.tsx";
import { LatencyCharts, type Selections } from "./latency-charts.tsx";
import { LatencyPanel } from "./latency-panel.tsx";
import { readRange, writeMilliseconds, writeRange } from "./latency-range.ts";
import { SelectedExchanges, SelectionBar } from "./selected-exchanges.tsx";
import "./latency.css";

/** `/latency`: latencies of all roles, for one endpoint or all. */
export function LatencyScreen(): ReactElement {
  const { endpoint } = useSearch({ from: "/latency" });
  const { run, candidate } = useSelection();
  const scope = { run: run.id, candidate };
  const latency = useLatency(scope, endpoint);
  const selections = useSelections();
  useTitle(endpoint === undefined ? "Latency" : `Latency of ${endpoint}`);
  return (
    <>
      <section className="panel" aria-labelledby="latency-title">
        <div className="panel-head">
          <h1 id="latency-title">Latency</h1>
          <EndpointPicker scope={scope} endpoint={endpoint} />
          {endpoint === undefined ? null : (
            <Link to="/endpoint" search={{ name: endpoint }}>
              Differences on this endpoint
            </Link>
          )}
        </div>
        {latency.data === undefined || latency.data.distributions.primary.count === 0 ? null : (
          <LatencyPanel view={latency.data} />
        )}
      </section>
      <QueryState query={latency} what="the latencies">
        {(view) =>
          view.distributions.primary.count === 0 ? (
            <NoTraffic />
          ) : (
            <>
              <LatencyCharts view={view} selections={selections} />
              <SelectedExchanges roles={measuredRoles(view)} />
              <SelectionBar />
            </>
          )
        }
      </QueryState>
    </>
  );
}

/** The selected ranges, which the URL holds. */
function useSelections(): Selections {
  const { ms, time } = useSearch({ from: "/latency" });
  const navigate = useNavigate();
  const select = (change: Partial<LatencySearch>): void =>
    void navigate({ to: "/latency", search: (last) => ({ ...last, ...change }), resetScroll: false });
  return {
    latency: readRange(ms),
    time: readRange(time),
    onLatency: (range) => select({ ms: writeRange(range, writeMilliseconds) }),
    onTime: (range) => select({ time: writeRange({ from: Math.floor(range.from), to: Math.ceil(range.to) }) }),
  };
}
