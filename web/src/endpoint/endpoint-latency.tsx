import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { EndpointReport } from "../../../src/model/report.ts";
import { LatencySummary } from "../latency/latency-summary.tsx";
import { LatencyVerdict } from "../latency/latency-verdict.tsx";

/** How long the roles take on an endpoint, below what differs. */
export function EndpointLatency({ endpoint }: { readonly endpoint: EndpointReport }): ReactElement {
  return (
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
  );
}
