import type { AccountingCount } from "../../src/model/accounting.ts";
import type { DifferenceKind, FieldMark, LatencySeries, Mark, Section } from "../../src/model/difference.ts";
import type { Run } from "../../src/model/run.ts";
import type { LatencyMinute, OutcomeRow, StoreReader } from "../../src/store/store.ts";
import { bucketOf } from "../../src/lib/log-buckets.ts";

/** Rows as a store would answer them: counts of one run and one candidate. */
export interface Rows {
  readonly accounting?: readonly AccountingCount[];
  readonly outcomes?: readonly OutcomeRow[];
  readonly minutes?: readonly LatencyMinute[];
}

/** A reader of rows that a test wrote down, so that reports can be tested without making traffic. */
export function memoryReader({ accounting = [], outcomes = [], minutes = [] }: Rows): StoreReader {
  return {
    snapshot: (read) => read(),
    runs: () => [RUN],
    accounting: () => accounting,
    outcomes: () => outcomes,
    latencies: () => minutes,
    latencyMinutes: (_run, _candidate, endpoint) =>
      minutes.filter((row) => endpoint === undefined || row.endpoint === endpoint),
    samples: () => [],
    sample: () => undefined,
    close: () => {},
  };
}

export const RUN: Run = {
  id: "2026-11-20T10-00-00-ab12",
  name: "calculator 2",
  startedAt: Date.UTC(2026, 10, 20, 10),
  primary: "v1",
  candidates: ["v2"],
  secondary: "v1-twin",
  gate: { parity: 0.999, latencyRatio: 1.1, minCompared: 1000 },
};

export const ORDERS = "GET /orders/{id}";

/** `body $.price value raw` */
function mark(text: string): FieldMark {
  const [section, path, kind, mark] = text.split(" ");
  return { section: section as Section, path: path ?? "", kind: kind as DifferenceKind, mark: mark as Mark };
}

/** An outcome of a pair, unless told otherwise. */
export function outcome(count: number, marks: readonly string[], more: Partial<OutcomeRow> = {}): OutcomeRow {
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
  { endpoint = ORDERS, minute = 0 }: { endpoint?: string; minute?: number } = {},
): LatencyMinute[] {
  return Object.entries(values).map(([value, count]) => {
    return { minute, route: "default", endpoint, series, bucket: bucketOf(Number(value)), count };
  });
}
