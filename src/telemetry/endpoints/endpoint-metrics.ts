import type { Registry } from "prom-client";
import type { BriefEndpoint, BriefReport, BuiltReports } from "../../model/views/brief-report.ts";
import { Counter } from "../prometheus.ts";
import { addReportGauge, type GaugeSample } from "../report-metrics.ts";
import { BusiestEndpoints } from "./busiest-endpoints.ts";
import type { EndpointComparisons } from "./endpoint-tally.ts";

const MS_PER_SECOND = 1000;
const LABELS = ["route", "endpoint", "candidate"];
const ROLES = ["primary", "candidate", "secondary"] as const;

interface EndpointMetricsOptions {
  /** Number of endpoints with series of their own; 0: there are no metrics of endpoints. */
  readonly limit: number;
  /** See `createReportMetrics`. */
  readonly readReports: () => Promise<BuiltReports | null>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/**
 * Metrics of the busiest endpoints. Names of endpoints have a bound, unlike paths of fields, which are never labels.
 * @returns counts what compare threads have compared
 */
export function createEndpointMetrics(
  registry: Registry,
  { limit, readReports, now }: EndpointMetricsOptions,
): (comparisons: readonly EndpointComparisons[]) => void {
  if (limit === 0) return () => {};
  const endpoints = new BusiestEndpoints(limit, now);
  const comparisons = new Counter({
    name: "shadowdiff_endpoint_comparisons_total",
    help: "Compared exchanges of the busiest endpoints by result, before noise and rules. endpoint (other): all others.",
    labelNames: [...LABELS, "result"],
    registers: [registry],
    collect() {
      comparisons.reset();
      for (const { matched, differed, ...labels } of endpoints.series) {
        comparisons.inc({ ...labels, result: "match" }, matched);
        comparisons.inc({ ...labels, result: "differ" }, differed);
      }
    },
  });

  /** A gauge of the busiest endpoints of the run. Their number is the same, but they are those of all replicas. */
  const addGauge = (
    name: string,
    help: string,
    samplesOf: (endpoint: BriefEndpoint) => readonly GaugeSample[],
    labelNames: readonly string[] = [],
  ): void => {
    const samples = (report: BriefReport): readonly GaugeSample[] =>
      busiestOf(report, limit).flatMap((endpoint) => {
        const own = { route: endpoint.route, endpoint: endpoint.endpoint, candidate: endpoint.subset };
        return samplesOf(endpoint).map(([labels, value]): GaugeSample => [{ ...own, ...labels }, value]);
      });
    addReportGauge(registry, { name, help, labelNames: [...LABELS, ...labelNames] }, async () =>
      ((await readReports())?.reports ?? []).flatMap(samples),
    );
  };
  addGauge(
    "shadowdiff_endpoint_parity_ratio",
    "Parity of the busiest endpoints in the current run, as the gate sees it.",
    ({ parity, compared }) => (compared === 0 ? [] : [[{}, parity.rate]]),
  );
  addGauge(
    "shadowdiff_endpoint_latency_ratio",
    "Median ratio of candidate to primary latency of the busiest endpoints in the current run.",
    ({ latency: { ratio } }) => (ratio === null ? [] : [[{}, ratio.estimate]]),
  );
  addGauge(
    "shadowdiff_endpoint_p95_seconds",
    "95th percentile of the latency of the busiest endpoints in the current run.",
    ({ latency }) =>
      ROLES.flatMap((role): GaugeSample[] => {
        const { p95 } = latency[role];
        return p95 === null ? [] : [[{ role }, p95 / MS_PER_SECOND]];
      }),
    ["role"],
  );
  return (rows) => endpoints.add(rows);
}

/** Names decide between equally busy endpoints, so that all replicas show the same ones. */
function busiestOf({ endpoints }: BriefReport, limit: number): readonly BriefEndpoint[] {
  return endpoints
    .toSorted((one, other) => other.compared - one.compared || (one.endpoint < other.endpoint ? -1 : 1))
    .slice(0, limit);
}
