import type { Metric, Registry } from "prom-client";
import type { RawHeaders, TransportFailureKind } from "../../model/capture.ts";
import type { SnapshotMetric, SnapshotValue } from "../metric-snapshot.ts";
import { boundedCode, type EndedLeg, type ProxyMetrics } from "../proxy-metrics.ts";
import { SeriesTree } from "../series-tree.ts";

/** Upper bounds in milliseconds, those of Istio up to 10 s. */
const DURATION_BUCKETS: readonly number[] = [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];
/** Upper bounds in bytes. */
const SIZE_BUCKETS: readonly number[] = [10, 100, 1000, 1e4, 1e5, 1e6, 1e7];

/** Istio calls what it does not know by these names, and a cluster like this. */
const NAMESPACE = "default";
const CLUSTER = "Kubernetes";
/** The sidecar of a client cannot tell whether the server accepts mutual TLS. */
const UNKNOWN_POLICY = "unknown";

const BAD_GATEWAY = 502;
const GATEWAY_TIMEOUT = 504;
const MS_PER_SECOND = 1000;

/** Envoy's response flags; see the documentation of its access log. */
const FLAGS: Readonly<Record<TransportFailureKind, string>> = {
  refused: "UF",
  dns: "UF",
  tls: "UF",
  reset: "UC",
  timeout: "UT",
  protocol: "UPE",
  endless: "UMSDR",
  descriptors: "UO",
  internal: "UR",
};
const NO_FLAG = "-";
/** The client has gone before the response began. */
const CLIENT_ABORTED = "DC";

interface Distribution {
  readonly counts: Float64Array;
  sum: number;
}

/** The legs of one version on one route that ended in the same way. */
interface LegSeries {
  /** As the sidecars of the client and of the server would report them. */
  readonly labels: readonly Readonly<Record<string, string>>[];
  readonly durations: Distribution;
  readonly requestBytes: Distribution;
  readonly responseBytes: Distribution;
}

interface Histogram {
  readonly name: string;
  readonly help: string;
  readonly buckets: readonly number[];
  readonly of: (series: LegSeries) => Distribution;
}

const HISTOGRAMS: readonly Histogram[] = [
  {
    name: "istio_request_duration_milliseconds",
    help: "Duration of upstream requests in milliseconds, under the name that Istio uses.",
    buckets: DURATION_BUCKETS,
    of: ({ durations }) => durations,
  },
  {
    name: "istio_request_bytes",
    help: "Size of request bodies with a Content-Length, under the name that Istio uses.",
    buckets: SIZE_BUCKETS,
    of: ({ requestBytes }) => requestBytes,
  },
  {
    name: "istio_response_bytes",
    help: "Size of response bodies, under the name that Istio uses.",
    buckets: SIZE_BUCKETS,
    of: ({ responseBytes }) => responseBytes,
  },
];

/**
 * Counts every leg also under the names and labels of Istio, so that its dashboards show the versions side by side: a route is a
 * service, and a subset is a workload and a version. Each leg is reported as by both sidecars, because some panels read the
 * client's and others the server's.
 * @param isMutualTls whether shadowdiff presents a certificate to the subset
 */
export function withIstioMetrics(
  metrics: ProxyMetrics,
  registry: Registry,
  isMutualTls: (subset: string) => boolean,
): ProxyMetrics {
  const series = new SeriesTree<LegSeries>(([route, subset, code, flags, protocol]) => ({
    labels: labelsOf({
      destination_service: String(route),
      destination_workload: String(subset),
      response_code: String(code),
      response_flags: String(flags),
      request_protocol: String(protocol),
      connection_security_policy: isMutualTls(String(subset)) ? "mutual_tls" : "none",
    }),
    durations: distribution(DURATION_BUCKETS),
    requestBytes: distribution(SIZE_BUCKETS),
    responseBytes: distribution(SIZE_BUCKETS),
  }));
  register(registry, {
    name: "istio_requests_total",
    help: "Upstream requests, under the name that Istio uses.",
    type: "counter",
    valuesOf: ({ labels, durations }) => labels.map((each) => ({ labels: each, value: total(durations) })),
  });
  for (const { name, help, buckets, of } of HISTOGRAMS) {
    register(registry, {
      name,
      help,
      type: "histogram",
      valuesOf: (leg) => leg.labels.flatMap((labels) => bucketValues(name, buckets, of(leg), labels)),
    });
  }

  /** Metrics are read once a second, and written with every request. */
  function register(
    target: Registry,
    metric: Pick<SnapshotMetric, "name" | "help" | "type"> & {
      readonly valuesOf: (series: LegSeries) => readonly SnapshotValue[];
    },
  ): void {
    const { name, help, type, valuesOf } = metric;
    const get = async (): Promise<SnapshotMetric> => ({
      name,
      help,
      type,
      aggregator: "sum",
      values: series.leaves().flatMap(valuesOf),
    });
    // A registry uses only name, get and reset, but its types require one of its four classes.
    target.registerMetric({ name, get, reset() {} } as unknown as Metric);
  }

  return {
    ...metrics,
    leg(ended) {
      metrics.leg(ended);
      const { route, subset, seconds, sent, responseBytes } = ended;
      const leg = series.at(route, subset, codeOf(ended), flagsOf(ended), protocolOf(sent));
      observe(leg.durations, DURATION_BUCKETS, seconds * MS_PER_SECOND);
      observe(leg.requestBytes, SIZE_BUCKETS, Number(fieldOf(sent, "content-length") ?? 0));
      observe(leg.responseBytes, SIZE_BUCKETS, responseBytes);
    },
  };
}

/** The status that a client gets, or would get from a candidate; 0 if it has gone. */
function codeOf({ code, failure }: EndedLeg): number | "other" {
  if (code !== 0 || failure === null) return boundedCode(code);
  return failure.kind === "timeout" ? GATEWAY_TIMEOUT : BAD_GATEWAY;
}

function flagsOf({ code, failure }: EndedLeg): string {
  if (failure !== null) return FLAGS[failure.kind];
  return code === 0 ? CLIENT_ABORTED : NO_FLAG;
}

function protocolOf(sent: RawHeaders): string {
  return fieldOf(sent, "content-type")?.startsWith("application/grpc") === true ? "grpc" : "http";
}

/** @param name in lower case */
function fieldOf(fields: RawHeaders, name: string): string | undefined {
  for (let index = 0; index < fields.length; index += 2) {
    const field = fields[index];
    if (field?.length === name.length && field.toLowerCase() === name) return fields[index + 1];
  }
  return undefined;
}

interface OwnLabels {
  readonly destination_service: string;
  readonly destination_workload: string;
  readonly response_code: string;
  readonly response_flags: string;
  readonly request_protocol: string;
  readonly connection_security_policy: string;
}

function labelsOf(own: OwnLabels): readonly Readonly<Record<string, string>>[] {
  const { destination_service: service, destination_workload: workload } = own;
  const common = {
    source_workload: "shadowdiff",
    source_workload_namespace: NAMESPACE,
    source_canonical_service: "shadowdiff",
    source_cluster: CLUSTER,
    destination_workload_namespace: NAMESPACE,
    destination_version: workload,
    destination_canonical_service: service,
    destination_canonical_revision: workload,
    destination_service_name: service,
    destination_service_namespace: NAMESPACE,
    destination_cluster: CLUSTER,
    ...own,
  };
  return [
    { reporter: "source", ...common, connection_security_policy: UNKNOWN_POLICY },
    { reporter: "destination", ...common },
  ];
}

function distribution(buckets: readonly number[]): Distribution {
  return { counts: new Float64Array(buckets.length + 1), sum: 0 };
}

function observe(into: Distribution, buckets: readonly number[], value: number): void {
  let index = 0;
  while (index < buckets.length && value > (buckets[index] as number)) index += 1;
  into.counts[index] = (into.counts[index] as number) + 1;
  into.sum += value;
}

function total({ counts }: Distribution): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function bucketValues(
  name: string,
  buckets: readonly number[],
  from: Distribution,
  labels: Readonly<Record<string, string>>,
): readonly SnapshotValue[] {
  let cumulative = 0;
  const bounds = [...buckets, "+Inf"].map((le, index): SnapshotValue => {
    cumulative += from.counts[index] as number;
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: cumulative };
  });
  return [
    ...bounds,
    { metricName: `${name}_sum`, labels, value: from.sum },
    { metricName: `${name}_count`, labels, value: cumulative },
  ];
}
