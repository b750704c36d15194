import type { Metric, OpenMetricsContentType, Registry as AnyRegistry } from "prom-client";
import type { Exemplar, SnapshotMetric, SnapshotValue } from "../metric-snapshot.ts";
import { Registry } from "../prometheus.ts";

const OPEN_METRICS = "application/openmetrics-text";
const TEXT = "text/plain";

/**
 * Whether a scraper prefers OpenMetrics to the text format (RFC 9110 §12.5.1). Without a preference, the text format is used.
 * @param accept the Accept field of its request
 */
export function prefersOpenMetrics(accept: string): boolean {
  const qualities = new Map<string, number>();
  for (const member of accept.split(",")) {
    const [type = "", ...parameters] = member.split(";").map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice("q=".length) ?? "1";
    qualities.set(type, Math.max(Number(quality), qualities.get(type) ?? 0));
  }
  const quality = qualities.get(OPEN_METRICS) ?? 0;
  return quality > 0 && quality >= (qualities.get(TEXT) ?? 0);
}

/**
 * A registry that writes OpenMetrics. The sum of prom-client has lost the exemplars, and its counters would end in `_total_total`.
 * @param parts the snapshots that were summed, with exemplars
 */
export function createOpenMetrics(
  metrics: readonly SnapshotMetric[],
  parts: readonly SnapshotMetric[],
): AnyRegistry<OpenMetricsContentType> {
  const latest = new Map<string, Exemplar>();
  for (const value of parts.flatMap(({ values }) => values)) {
    const { exemplar } = value;
    if (exemplar === undefined || exemplar === null) continue;
    const key = seriesKey(value);
    if (exemplar.timestamp >= (latest.get(key)?.timestamp ?? 0)) latest.set(key, exemplar);
  }
  const registry: AnyRegistry<OpenMetricsContentType> = new Registry();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const { name, help, type, aggregator, values } of metrics) {
    const family = type === "counter" ? name.replace(/_total$/, "") : name;
    const written =
      latest.size === 0 ? values : values.map((value) => ({ ...value, exemplar: latest.get(seriesKey(value)) }));
    const metric = {
      name: family,
      get: async () => ({
        name: family,
        help: help.replaceAll('"', String.raw`\"`),
        type,
        aggregator,
        values: written,
      }),
    };
    registry.registerMetric(metric as unknown as Metric);
  }
  return registry;
}

function seriesKey({ metricName = "", labels }: SnapshotValue): string {
  return `${metricName}${JSON.stringify(labels)}`;
}
