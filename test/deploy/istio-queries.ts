/**
 * Queries like those of Istio's dashboards "Workload" and "Service" (manifests/addons/dashboards in istio/istio, August 2026): the
 * same metrics, matchers and labels. Panels about mutual TLS and about TCP are left out.
 */

const RATE_INTERVAL = "20s";
const PLAIN = 'connection_security_policy!="mutual_tls"';

interface IstioView {
  /** Which requests the panels of this part of a dashboard show. */
  readonly matchers: string;
  /** How they are grouped. */
  readonly by: readonly string[];
}

/** @param service of `destination_service` @param workload of `destination_workload` */
function viewsOf(service: string, workload: string): readonly IstioView[] {
  const source = 'source_workload=~"(shadowdiff)", source_workload_namespace=~"(default)"';
  const server = `destination_workload_namespace=~"default", destination_workload=~"${workload}"`;
  const callers = ["source_workload", "source_workload_namespace"];
  return [
    { matchers: `reporter=~"destination", ${PLAIN}, ${server}, ${source}`, by: callers },
    {
      matchers: `reporter="source", source_workload_namespace=~"default", source_workload=~"shadowdiff", destination_service=~"(${service})"`,
      by: ["destination_service"],
    },
    { matchers: `reporter=~"destination", ${PLAIN}, destination_service="${service}", ${source}`, by: callers },
    {
      matchers: `reporter="destination", ${PLAIN}, destination_service="${service}", ${server}`,
      by: ["destination_workload", "destination_workload_namespace"],
    },
    // The table of the dashboard "Mesh".
    { matchers: 'reporter=~"source|waypoint"', by: ["destination_workload", "destination_workload_namespace"] },
  ];
}

function sum(metric: string, matchers: string, by: readonly string[]): string {
  return `sum(irate(${metric}{${matchers}}[${RATE_INTERVAL}])) by (${by.join(", ")})`;
}

/** One query per panel, and two of its four quantiles. */
export function istioQueries(service: string, workload: string): readonly string[] {
  return viewsOf(service, workload).flatMap(({ matchers, by }) => {
    const requests = sum("istio_requests_total", matchers, by);
    return [
      `round(${sum("istio_requests_total", matchers, [...by, "response_code"])}, 0.001)`,
      `${sum("istio_requests_total", `${matchers}, response_code!~"5.*"`, by)} / ${requests}`,
      ...[0.5, 0.99].flatMap((share) =>
        ["istio_request_duration_milliseconds", "istio_request_bytes", "istio_response_bytes"].map(
          (metric) => `histogram_quantile(${share}, ${sum(`${metric}_bucket`, matchers, [...by, "le"])})`,
        ),
      ),
    ];
  });
}

/** The queries of the variables `service` and `workload`, and the label whose values they list. */
export const ISTIO_VARIABLES = {
  service: { query: "sum(istio_requests_total{}) by (destination_service)", label: "destination_service" },
  workload: {
    query: 'sum(istio_requests_total{destination_workload_namespace=~"default"}) by (destination_workload)',
    label: "destination_workload",
  },
} as const;
