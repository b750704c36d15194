import { OVERFLOW_ENDPOINT } from "../../model/difference.ts";

/** Probes of load balancers, Kubernetes and Prometheus, at the root or below a usual prefix. */
const HEALTH_CHECK =
  /^\/(?:(?:-|_|api|internal|actuator|health)\/)?_?(?:health|healthy|healthz|healthcheck|health-check|heartbeat|live|livez|liveness|ready|readyz|readiness|startupz|ping|status|metrics|up|alive)\/?$/i;

/** Whether an endpoint only says that the service runs: `GET /healthz`, but not `GET /orders/{id}/status`. */
function isHealthCheck(endpoint: string): boolean {
  return HEALTH_CHECK.test(endpoint.slice(endpoint.indexOf(" ") + 1));
}

/** The endpoints that say something about a candidate, each name once: all but health checks. */
export function realEndpoints(endpoints: readonly { readonly endpoint: string }[]): readonly string[] {
  const names = new Set(endpoints.map(({ endpoint }) => endpoint));
  return [...names].filter((endpoint) => endpoint === OVERFLOW_ENDPOINT || !isHealthCheck(endpoint));
}
