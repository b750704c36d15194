import { stat, steps, texts } from "../panels.ts";
import { COMPARED, quantile, rate, series, sumBy } from "../promql.ts";
import type { Row } from "../row.ts";

function p95(role: string): string {
  return quantile(0.95, ["candidate"], series(`${COMPARED}_bucket`, ["route", "candidate"], `role="${role}"`));
}

function comparisons(...results: readonly string[]): string {
  return sumBy([], rate(series("shadowdiff_comparisons_total", ["route", "candidate"], ...results)));
}

const small = { width: 4, height: 4, isTrend: true } as const;

/** The latest values, to see at a glance that everything works. */
export const NOW_ROW: Row = {
  title: "Now",
  panels: [
    stat({
      ...small,
      title: "Mismatch ratio",
      description:
        "Share of comparisons in which primary and candidate differ, before noise and rules. The parity above is without them.",
      unit: "percentunit",
      thresholds: steps("green", [0.001, "orange"], [0.01, "red"]),
      queries: [{ expr: `${comparisons('result="differ"')} / ${comparisons('result=~"match|differ"')}` }],
    }),
    stat({
      ...small,
      title: "p95, candidate ÷ primary",
      description:
        "Of the same exchanges. Above 1, the slowest responses of the candidate are slower. The default gate allows 1.25 for an entire run.",
      unit: "none",
      thresholds: steps("green", [1.1, "orange"], [1.25, "red"]),
      queries: [{ expr: `${p95("candidate")} / ${p95("primary")}`, legend: "{{candidate}}" }],
    }),
    stat({
      ...small,
      title: "Client requests",
      description: "Client requests per second.",
      unit: "reqps",
      thresholds: steps("text"),
      queries: [{ expr: sumBy([], rate(series("shadowdiff_requests_total", ["route"]))) }],
    }),
    stat({
      ...small,
      title: "Mirrored requests dropped",
      description: "Mirrored requests dropped per second to protect the primary.",
      unit: "reqps",
      thresholds: steps("green", [0.001, "orange"], [1, "red"]),
      queries: [{ expr: `${sumBy([], rate(series("shadowdiff_mirror_dropped_total", [])))} or vector(0)` }],
    }),
    stat({
      ...small,
      title: "Store",
      description: "Whether every replica can store captured exchanges. Clients are served in either case.",
      unit: "none",
      thresholds: steps("red", [1, "green"]),
      mappings: texts("down", "up"),
      queries: [{ expr: `min(${series("shadowdiff_store_up", [])})` }],
    }),
    stat({
      ...small,
      title: "Thread restarts, last hour",
      description: "Threads restarted after they died.",
      unit: "none",
      thresholds: steps("green", [1, "orange"], [5, "red"]),
      queries: [{ expr: `sum(increase(${series("shadowdiff_thread_restarts_total", [])}[1h]))` }],
    }),
  ],
};
