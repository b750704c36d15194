import type { LostReplica } from "../../src/model/shared/lost-replica.ts";
import type { AccountingCount } from "../../src/model/accounting.ts";
import type {
  DifferenceKind,
  DifferingField,
  DifferenceMark,
  FailureCount,
  FeatureCount,
  Relation,
  RelationCount,
  Section,
  StatusPairCount,
} from "../../src/model/difference.ts";
import type { PacingCount } from "../../src/model/batch.ts";
import type { LatencySeries } from "../../src/model/latency.ts";
import type { Sample } from "../../src/model/sample.ts";
import type { Report } from "../../src/model/report.ts";
import type { Review } from "../../src/model/review.ts";
import type { Rule, RuleHitCount } from "../../src/model/rule.ts";
import type { Gate, Run } from "../../src/model/run.ts";
import type { LatencyHistograms, LatencyMinute, PerEndpoint, OutcomeRow, StoreReader } from "../../src/store/store.ts";
import { bucketFor } from "../lib/series-bucket.ts";
import type { ReportContext } from "../../src/report/read-counts.ts";
import { buildReport } from "../../src/report/build-report.ts";
import { HistoryCache } from "../../src/report/history-cache.ts";
import { byEndpoint, histogramsOf, sumOutcomes, timeBlocks, type HistogramRow, type Timed } from "./memory-blocks.ts";

type MinuteRow = Timed<HistogramRow & { readonly minute: number }>;

/** The counts of one candidate in a run. Those with a slot also count for the time blocks. */
export interface Rows {
  readonly lostReplicas?: readonly LostReplica[];
  readonly accounting?: readonly AccountingCount[];
  readonly outcomes?: readonly Timed<OutcomeRow>[];
  readonly minutes?: readonly MinuteRow[];
  readonly statuses?: readonly Timed<StatusPairCount>[];
  readonly features?: readonly Timed<FeatureCount>[];
  readonly pacing?: readonly PacingCount[];
  readonly relations?: readonly RelationCount[];
  readonly failures?: readonly FailureCount[];
  readonly ruleHits?: readonly RuleHitCount[];
  readonly rules?: readonly Rule[];
  readonly reviews?: readonly Review[];
  readonly samples?: readonly Sample[];
  /** The counts of an earlier run. */
  readonly earlier?: Rows;
}

/** The accounting of exchanges that were all compared. */
function arrivalsOf(outcomes: readonly OutcomeRow[]): readonly AccountingCount[] {
  const count = outcomes.reduce((sum, row) => sum + row.count, 0);
  const at = { minute: 0, candidate: "v2", reason: "", count } as const;
  return count === 0
    ? []
    : [
        { ...at, fate: "received" },
        { ...at, fate: "mirrored" },
      ];
}

/** A reader of given rows, so that reports can be tested without traffic. */
export function memoryReader(all: Rows): StoreReader {
  const of = (runId: string): Rows => (runId === EARLIER_RUN.id ? (all.earlier ?? {}) : all);
  const { minutes = [], samples = [] } = all;
  const blocks = blocksOf(all);
  const earlierBlocks = blocksOf(all.earlier ?? {});
  const reader: StoreReader = {
    version: async () => 1,
    snapshot: (read) => read(reader),
    runs: async () => (all.earlier === undefined ? [RUN] : [RUN, EARLIER_RUN]),
    lostReplicas: async () => all.lostReplicas ?? [],
    accounting: async (run) => of(run).accounting ?? arrivalsOf(of(run).outcomes ?? []),
    outcomes: async (run) => byEndpoint(sumOutcomes(of(run).outcomes ?? [])),
    latencies: async (run) => latencyTotals(of(run).minutes ?? []),
    latencyMinutes: async (_run, _candidate, endpoint) =>
      latencyMinutes(minutes.filter((row) => endpoint === undefined || row.endpoint === endpoint)),
    relations: async (run) => byEndpoint(of(run).relations ?? []),
    statuses: async (run) => byEndpoint(of(run).statuses ?? []),
    failures: async (run) => byEndpoint(of(run).failures ?? []),
    ruleHits: async (run) => of(run).ruleHits ?? [],
    blocks: async (run) => (run === EARLIER_RUN.id ? earlierBlocks : blocks),
    attributes: async () => [],
    marks: async () => [],
    isolations: async () => [],
    rules: async () => all.rules ?? [],
    reviews: async () => all.reviews ?? [],
    templates: async () => [],
    keptApart: async () => [],
    audit: async () => [],
    samples: async (_run, _candidate, { endpoint, section, path, limit }) =>
      samples
        .filter((sample) => sample.endpoint === endpoint)
        .filter(({ fields }) => fields.some((field) => field.section === section && field.path === path))
        .slice(0, limit)
        .map((sample) => ({ ...sample, primaryStatus: 200, candidateStatus: 200 })),
    sample: async (_run, id) => samples.find((sample) => sample.id === id),
    timedExchanges: async () => [],
    close: async () => {},
  };
  return reader;
}

function blocksOf({ outcomes = [], statuses = [], minutes = [], features = [], pacing = [] }: Rows) {
  return timeBlocks({ outcomes, statuses, latencies: minutes, features, pacing });
}

export const GATE: Gate = {
  parity: 0.999,
  latencyRatio: 1.1,
  minCompared: 1000,
  errorRate: 0.001,
  minSuccess: 0.5,
  minEndpoints: 1,
  coverage: [],
  endpoints: [],
};

export const RUN: Run = {
  id: "2026-11-20T10-00-00-ab12",
  name: "calculator 2",
  startedAt: Date.UTC(2026, 10, 20, 10),
  endedAt: null,
  labels: { candidate: "2.4.0" },
  primary: "v1",
  candidates: ["v2"],
  secondary: "v1-twin",
  gate: GATE,
  rules: [],
};

export const EARLIER_RUN: Run = {
  ...RUN,
  id: "2026-11-19T10-00-00-ab11",
  startedAt: Date.UTC(2026, 10, 19, 10),
  endedAt: 1,
};

/** The time of the reports. */
export const NOW = Date.UTC(2026, 10, 20, 11);

export function context(now = NOW): ReportContext {
  return { now, cache: new HistoryCache(1000) };
}

/** The report of the rows. */
export function reportOf(rows: Rows, run = RUN, now = NOW): Promise<Report> {
  return buildReport(memoryReader(rows), run, "v2", context(now));
}

export const ORDERS = "GET /orders/{id}";

/** `body $.price value raw` */
function mark(text: string): DifferingField {
  const [section, path, kind, mark] = text.split(" ");
  return { section: section as Section, path: path ?? "", kind: kind as DifferenceKind, mark: mark as DifferenceMark };
}

/** An outcome, paired by default. */
export function outcome(
  count: number,
  marks: readonly string[],
  more: Partial<Timed<OutcomeRow>> = {},
): Timed<OutcomeRow> {
  return {
    route: "default",
    endpoint: ORDERS,
    candidate: "v2",
    paired: true,
    fields: marks.map(mark),
    overflow: false,
    beyondCap: false,
    count,
    ...more,
  };
}

/** Values of one series, each `count` times. */
export function measured(
  series: LatencySeries,
  values: Readonly<Record<string, number>>,
  { endpoint = ORDERS, minute = 0, slot }: { endpoint?: string; minute?: number; slot?: number | undefined } = {},
): MinuteRow[] {
  return Object.entries(values).map(([value, count]) => {
    return { minute, slot, route: "default", endpoint, series, bucket: bucketFor(series, Number(value)), count };
  });
}

/** The count of a relation: `body $.price value rounding`. */
export function related(count: number, text: string, endpoint = ORDERS): RelationCount {
  const [section, path, kind, relation] = text.split(" ");
  return {
    route: "default",
    endpoint,
    candidate: "v2",
    section: section as Section,
    path: path ?? "",
    kind: kind as DifferenceKind,
    relation: relation as Relation,
    count,
  };
}

/** A rule, by default from the dashboard and older than the run. */
export function rule(path: Rule["path"], more: Partial<Rule> = {}): Rule {
  return {
    id: "rule-1",
    source: "dashboard",
    endpoint: ORDERS,
    section: "body",
    path,
    action: { type: "ignore" },
    owner: "team-a",
    reason: "clock",
    createdBy: "ann",
    createdAt: EARLIER_RUN.startedAt,
    expiresAt: null,
    ...more,
  };
}

/** Exchanges with these statuses of primary and candidate. */
export function statusPairs(
  primary: number,
  other: number,
  count: number,
  { endpoint = ORDERS, role = "candidate" }: Partial<Pick<StatusPairCount, "endpoint" | "role">> = {},
): StatusPairCount {
  return { route: "default", endpoint, candidate: "v2", primary, other, role, count };
}

/** Sums latencies as a store does: one histogram for each endpoint. */
export function latencyTotals(rows: readonly MinuteRow[]): PerEndpoint<LatencyHistograms>[] {
  return byEndpoint(rows).map((each) => ({ ...each, rows: histogramsOf(each.rows) }));
}

function latencyMinutes(rows: readonly MinuteRow[]): LatencyMinute[] {
  return [...Map.groupBy(rows, ({ minute }) => minute)].map(([minute, own]) => ({
    minute,
    series: histogramsOf(own),
  }));
}
