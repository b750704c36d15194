import type { Registry } from "prom-client";
import type { Verdict } from "../model/report.ts";
import type { BriefReport, BuiltReports } from "../model/views/brief-report.ts";
import { Gauge } from "./prometheus.ts";

type Labels = Readonly<Record<string, string>>;
export type GaugeSample = readonly [labels: Labels, value: number];

interface GaugeOptions<Source> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  /** The series of one report, or of all of them. Without a value there is no series: 0 would be a measurement. */
  readonly samplesOf: (source: Source) => readonly GaugeSample[];
}

const VERDICTS: readonly Verdict[] = ["pass", "fail", "inconclusive"];
const MS_PER_SECOND = 1000;

/** One series per verdict, as a state set of OpenMetrics: 1 for the verdict that holds, 0 for the others. */
function stateSet(labels: Labels, current: Verdict): readonly GaugeSample[] {
  return VERDICTS.map((verdict) => [{ ...labels, verdict }, verdict === current ? 1 : 0]);
}

function optional(labels: Labels, value: number | null | undefined): readonly GaugeSample[] {
  return value === null || value === undefined ? [] : [[labels, value]];
}

/** A gauge with one series per candidate. `valueOf` returns null for a quantity that was not measured. */
function perCandidate(
  name: string,
  help: string,
  valueOf: (report: BriefReport) => number | null | undefined,
): GaugeOptions<BriefReport> {
  return {
    name,
    help,
    labelNames: ["candidate"],
    samplesOf: (report) => optional({ candidate: report.candidate }, valueOf(report)),
  };
}

function parityOf({ parity, accounting }: BriefReport): BriefReport["parity"] | null {
  return accounting.compared === 0 ? null : parity;
}

const OF_A_REPORT: readonly GaugeOptions<BriefReport>[] = [
  {
    name: "shadowdiff_verdict",
    help: "Verdict about the candidate in the current run: 1 for the one that holds, 0 for the others.",
    labelNames: ["candidate", "verdict"],
    samplesOf: ({ candidate, verdict }) => stateSet({ candidate }, verdict),
  },
  {
    name: "shadowdiff_gate_verdict",
    help: "Verdict of one threshold of the gate over all endpoints: parity, latency (ratio and tails) or errors.",
    labelNames: ["candidate", "threshold", "verdict"],
    samplesOf: ({ candidate, parityVerdict, latency, errors }) => [
      ...stateSet({ candidate, threshold: "parity" }, parityVerdict),
      ...(latency.verdict === null ? [] : stateSet({ candidate, threshold: "latency" }, latency.verdict)),
      ...stateSet({ candidate, threshold: "errors" }, errors.verdict),
    ],
  },
  perCandidate(
    "shadowdiff_parity_ratio",
    "Share of compared exchanges of the current run without a difference that counts, as the gate sees it.",
    (report) => parityOf(report)?.rate,
  ),
  perCandidate(
    "shadowdiff_parity_low_ratio",
    "Lower end of the 95% confidence interval of the parity.",
    (report) => parityOf(report)?.low,
  ),
  perCandidate(
    "shadowdiff_parity_high_ratio",
    "Upper end of the 95% confidence interval of the parity.",
    (report) => parityOf(report)?.high,
  ),
  perCandidate("shadowdiff_parity_required_ratio", "Smallest parity that passes the gate.", ({ gate }) => gate.parity),
  perCandidate(
    "shadowdiff_compared_exchanges",
    "Compared exchanges of the current run.",
    ({ accounting }) => accounting.compared,
  ),
  perCandidate(
    "shadowdiff_needed_exchanges",
    "Further exchanges without a difference that the run needs to pass. No series: more requests cannot help.",
    ({ needed }) => needed,
  ),
  perCandidate(
    "shadowdiff_latency_ratio",
    "Median ratio of candidate to primary latency over the current run, without the cold start.",
    ({ latency }) => latency.ratio?.estimate,
  ),
  perCandidate(
    "shadowdiff_latency_low_ratio",
    "Lower end of the 95% confidence interval of the latency ratio.",
    ({ latency }) => latency.ratio?.low,
  ),
  perCandidate(
    "shadowdiff_latency_high_ratio",
    "Upper end of the 95% confidence interval of the latency ratio.",
    ({ latency }) => latency.ratio?.high,
  ),
  perCandidate(
    "shadowdiff_latency_allowed_ratio",
    "Largest latency ratio that passes the gate.",
    ({ latency }) => latency.allowed,
  ),
  {
    name: "shadowdiff_unreviewed_causes",
    help: "Causes of the current run that wait for a review. real: a difference of the version. likely: too little evidence.",
    labelNames: ["candidate", "verdict"],
    samplesOf: ({ candidate, unreviewed }) =>
      (["real", "likely"] as const).map((verdict) => [
        { candidate, verdict },
        unreviewed.filter((cause) => cause.verdict === verdict).length,
      ]),
  },
];

const OF_ALL_REPORTS: readonly GaugeOptions<BuiltReports>[] = [
  {
    name: "shadowdiff_run_info",
    help: "Id and name of the current run, to which all gauges of the report refer. The value is always 1.",
    labelNames: ["run", "name"],
    samplesOf: ({ reports: [first] }) =>
      first === undefined ? [] : [[{ run: first.run.id, name: first.run.name }, 1]],
  },
  {
    name: "shadowdiff_run_start_time_seconds",
    help: "Start of the current run in Unix seconds.",
    labelNames: [],
    samplesOf: ({ reports: [first] }) => (first === undefined ? [] : [[{}, first.run.startedAt / MS_PER_SECOND]]),
  },
  {
    name: "shadowdiff_report_timestamp_seconds",
    help: "When the report behind these gauges was built, in Unix seconds.",
    labelNames: [],
    samplesOf: ({ builtAt }) => [[{}, builtAt / MS_PER_SECOND]],
  },
  {
    name: "shadowdiff_report_build_duration_seconds",
    help: "How long the reports of all candidates took to build.",
    labelNames: [],
    samplesOf: ({ buildMs }) => [[{}, buildMs / MS_PER_SECOND]],
  },
];

/**
 * What the report tells about each candidate of the current run, as gauges.
 * @param read called several times with each scrape, so it must not build a report each time; null while there is none, such as
 *   when the store cannot be read, which leaves out all series
 */
export function createReportMetrics(registry: Registry, read: () => Promise<BuiltReports | null>): void {
  for (const options of OF_A_REPORT)
    addReportGauge(registry, options, async () => ((await read())?.reports ?? []).flatMap(options.samplesOf));
  for (const options of OF_ALL_REPORTS) {
    addReportGauge(registry, options, async () => {
      const built = await read();
      return built === null ? [] : options.samplesOf(built);
    });
  }
}

/** A gauge whose series are read with each scrape. A series that is no longer returned is removed. */
export function addReportGauge(
  registry: Registry,
  { name, help, labelNames }: Omit<GaugeOptions<never>, "samplesOf">,
  collect: () => Promise<readonly GaugeSample[]>,
): void {
  const gauge = new Gauge({
    name,
    help,
    labelNames,
    registers: [registry],
    async collect() {
      const samples = await collect();
      gauge.reset();
      // Without labels, a reset leaves a series with the value 0.
      if (labelNames.length === 0) gauge.remove();
      for (const [labels, value] of samples) gauge.set({ ...labels }, value);
    },
  });
}
