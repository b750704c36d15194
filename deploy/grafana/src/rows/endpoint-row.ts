import { ENDPOINT_LINKS } from "../links.ts";
import { chart } from "../panels.ts";
import { maxBy, rate, series, sumBy } from "../promql.ts";
import type { Row } from "../row.ts";

const ENDPOINT = ["endpoint", "route", "candidate"] as const;
const LEGEND = "{{endpoint}} · {{candidate}} · {{route}}";

function comparisons(...results: readonly string[]): string {
  return sumBy(ENDPOINT, rate(series("shadowdiff_endpoint_comparisons_total", ["route", "candidate"], ...results)));
}

/** A gauge of the report, by endpoint. */
function gauge(name: string, labels: readonly string[] = []): string {
  return maxBy([...ENDPOINT, ...labels], series(`shadowdiff_endpoint_${name}`, ["route", "candidate"]));
}

/** The busiest endpoints; the others are one. */
export const ENDPOINT_ROW: Row = {
  title: "Busiest endpoints",
  panels: [
    chart({
      title: "Mismatch ratio by endpoint",
      description:
        "Share of comparisons that differ, before noise and rules. A point leads to the causes and samples of its endpoint.",
      unit: "percentunit",
      min: 0,
      width: 12,
      height: 10,
      queries: [{ expr: `${comparisons('result="differ"')} / ${comparisons()} > -1`, legend: LEGEND }],
      links: ENDPOINT_LINKS,
    }),
    chart({
      title: "Comparisons by endpoint",
      description: "Comparisons per second. (other): all endpoints that are not among the busiest.",
      unit: "cps",
      min: 0,
      width: 12,
      height: 10,
      queries: [{ expr: comparisons(), legend: LEGEND }],
      links: ENDPOINT_LINKS,
    }),
    chart({
      title: "Parity by endpoint",
      description: "Share of the compared exchanges of the run without a difference that counts, as in the report.",
      unit: "percentunit",
      max: 1,
      width: 8,
      height: 10,
      queries: [{ expr: gauge("parity_ratio"), legend: LEGEND }],
      links: ENDPOINT_LINKS,
    }),
    chart({
      title: "Latency ratio by endpoint",
      description: "Median of candidate ÷ primary over the run, exchange by exchange, as in the report.",
      unit: "none",
      min: 0,
      width: 8,
      height: 10,
      queries: [{ expr: gauge("latency_ratio"), legend: LEGEND }],
      links: ENDPOINT_LINKS,
    }),
    chart({
      title: "p95 by endpoint",
      description: "95th percentile of the run by role, as in the report.",
      unit: "s",
      min: 0,
      width: 8,
      height: 10,
      queries: [{ expr: gauge("p95_seconds", ["role"]), legend: `{{role}} · ${LEGEND}` }],
      links: ENDPOINT_LINKS,
    }),
  ],
};
