import type { EndpointReport } from "../../model/report.ts";
import type { EndpointCounts } from "../../model/views/overview.ts";
import { realEndpoints } from "./health-checks.ts";

/** Counts the endpoints of a report by verdict. */
export function countEndpoints(endpoints: readonly EndpointReport[]): EndpointCounts {
  const services = realEndpoints(endpoints).length;
  const names = new Set(endpoints.map(({ endpoint }) => endpoint)).size;
  const of = (verdict: EndpointReport["verdict"]): number =>
    endpoints.filter((endpoint) => endpoint.verdict === verdict).length;
  return {
    total: endpoints.length,
    pass: of("pass"),
    fail: of("fail"),
    inconclusive: of("inconclusive"),
    slow: endpoints.filter(({ latency }) => latency.ratioVerdict === "fail").length,
    services,
    healthChecks: names - services,
  };
}
