import { CANDIDATE_LINKS } from "../links.ts";
import { chart, REPORT_LINES, stat, steps, texts, timeline } from "../panels.ts";
import { maxBy, quantile, series, sumBy, verdictLevel } from "../promql.ts";
import type { Row } from "../row.ts";

const VERDICTS = texts("fail", "inconclusive", "pass");
const VERDICT_COLORS = steps("red", [1, "orange"], [2, "green"]);

/** A gauge of the report, by candidate. */
function gauge(name: string): string {
  return maxBy(["candidate"], series(`shadowdiff_${name}`, ["candidate"]));
}

/** The numbers of the report, which all replicas share. */
export const REPORT_ROW: Row = {
  title: "Report of the current run",
  panels: [
    stat({
      title: "Verdict",
      description: "Whether the candidate is safe to release, as in the report. Without data, there is no verdict.",
      unit: "none",
      width: 4,
      height: 5,
      thresholds: VERDICT_COLORS,
      mappings: VERDICTS,
      queries: [{ expr: verdictLevel("shadowdiff_verdict", ["candidate"]), legend: "{{candidate}}" }],
      links: CANDIDATE_LINKS,
    }),
    stat({
      title: "Thresholds of the gate",
      description: "The verdict of each threshold over all endpoints.",
      unit: "none",
      width: 4,
      height: 5,
      thresholds: VERDICT_COLORS,
      mappings: VERDICTS,
      queries: [
        {
          expr: verdictLevel("shadowdiff_gate_verdict", ["candidate", "threshold"]),
          legend: "{{threshold}} · {{candidate}}",
        },
      ],
      links: CANDIDATE_LINKS,
    }),
    stat({
      title: "Parity",
      description:
        "Share of compared exchanges without a difference that counts: without noise, rules and accepted causes. The colors are those of the default gate, 99.9%; the chart below shows yours.",
      unit: "percentunit",
      decimals: 2,
      width: 4,
      height: 5,
      thresholds: steps("red", [0.99, "orange"], [0.999, "green"]),
      queries: [{ expr: gauge("parity_ratio"), legend: "{{candidate}}" }],
      links: CANDIDATE_LINKS,
    }),
    stat({
      title: "Latency ratio",
      description:
        "Median of candidate ÷ primary, exchange by exchange. The colors are those of the default gate, 1.1; the chart below shows yours.",
      unit: "none",
      decimals: 3,
      width: 4,
      height: 5,
      thresholds: steps("green", [1.1, "red"]),
      queries: [{ expr: gauge("latency_ratio"), legend: "{{candidate}}" }],
      links: CANDIDATE_LINKS,
    }),
    stat({
      title: "Compared, and needed to pass",
      description:
        "Compared exchanges of the run, and how many more without a difference it needs to pass. More requests cannot help a candidate that has no second number.",
      unit: "none",
      width: 4,
      height: 5,
      thresholds: steps("text"),
      queries: [
        { expr: gauge("compared_exchanges"), legend: "compared · {{candidate}}" },
        { expr: gauge("needed_exchanges"), legend: "needed · {{candidate}}" },
      ],
    }),
    stat({
      title: "Unreviewed causes",
      description: "Causes that wait for a review in the dashboard of shadowdiff.",
      unit: "none",
      width: 4,
      height: 5,
      thresholds: steps("green", [1, "orange"]),
      queries: [
        {
          expr: maxBy(
            ["candidate"],
            sumBy(["instance", "candidate"], series("shadowdiff_unreviewed_causes", ["candidate"])),
          ),
          legend: "{{candidate}}",
        },
      ],
      links: CANDIDATE_LINKS,
    }),
    timeline({
      title: "Verdict history",
      description: "The verdict about each candidate over time, and that of each threshold of the gate.",
      unit: "none",
      width: 24,
      height: 7,
      mappings: VERDICTS,
      thresholds: VERDICT_COLORS,
      queries: [
        { expr: verdictLevel("shadowdiff_verdict", ["candidate"]), legend: "{{candidate}}" },
        {
          expr: verdictLevel("shadowdiff_gate_verdict", ["candidate", "threshold"]),
          legend: "{{candidate}} · {{threshold}}",
        },
      ],
      links: CANDIDATE_LINKS,
    }),
    chart({
      title: "Parity of the run",
      description:
        "Parity with its 95% interval, and what the gate requires. It covers the run so far, so it moves slowly.",
      unit: "percentunit",
      max: 1,
      width: 8,
      height: 9,
      overrides: REPORT_LINES,
      queries: [
        { expr: gauge("parity_ratio"), legend: "parity · {{candidate}}" },
        { expr: gauge("parity_low_ratio"), legend: "low · {{candidate}}" },
        { expr: gauge("parity_high_ratio"), legend: "high · {{candidate}}" },
        { expr: gauge("parity_required_ratio"), legend: "required · {{candidate}}" },
      ],
      links: CANDIDATE_LINKS,
    }),
    chart({
      title: "Latency ratio of the run",
      description:
        "Median of candidate ÷ primary with its 95% interval, and what the gate allows. It covers the run so far, without the cold start.",
      unit: "none",
      width: 8,
      height: 9,
      overrides: REPORT_LINES,
      queries: [
        { expr: gauge("latency_ratio"), legend: "ratio · {{candidate}}" },
        { expr: gauge("latency_low_ratio"), legend: "low · {{candidate}}" },
        { expr: gauge("latency_high_ratio"), legend: "high · {{candidate}}" },
        { expr: gauge("latency_allowed_ratio"), legend: "allowed · {{candidate}}" },
      ],
      links: CANDIDATE_LINKS,
    }),
    chart({
      title: "Latency ratio, latest exchanges",
      description: "Median of candidate ÷ primary of the exchanges in the interval, and what the gate allows.",
      unit: "none",
      width: 8,
      height: 9,
      overrides: REPORT_LINES,
      queries: [
        {
          expr: quantile(
            0.5,
            ["route", "candidate"],
            series("shadowdiff_exchange_latency_ratio_bucket", ["route", "candidate"]),
          ),
          legend: "{{candidate}} · {{route}}",
        },
        { expr: gauge("latency_allowed_ratio"), legend: "allowed · {{candidate}}" },
      ],
      links: CANDIDATE_LINKS,
    }),
  ],
};
