import { onTestFinished } from "vitest";
import { bucketOf } from "../../src/lib/log-buckets.ts";
import type { ResultBatch } from "../../src/model/batch.ts";
import type { LatencyPair } from "../../src/model/latency.ts";
import type { Report } from "../../src/model/report.ts";
import type { EndpointGate } from "../../src/model/run.ts";
import { buildReport } from "../../src/report/build-report.ts";
import { HistoryCache } from "../../src/report/history-cache.ts";
import { openSqliteReader } from "../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../src/store/sqlite/write/sqlite-writer.ts";
import { batch, latency, NOON, OPTIONS, outcome, received, RUN } from "../store/store-fixture.ts";
import { newPath } from "../store/new-path.ts";

/** The counts of an endpoint whose responses all agree. @param ratios responses by latency ratio */
export function endpoint(
  name: string,
  responses: number,
  ratios: Readonly<Record<string, number>> = {},
): Partial<ResultBatch> {
  const at = { route: "default", endpoint: name, candidate: "v2" };
  return {
    accounting: [received(responses), received(responses, { fate: "mirrored" })],
    outcomes: [outcome({ endpoint: name, count: responses })],
    latencies: Object.entries(ratios).flatMap(([ratio, count]) =>
      [["primary", 10] as const, ["candidate", 10 * Number(ratio)] as const, ["ratio", Number(ratio)] as const].map(
        ([series, value]) => latency({ endpoint: name, series, bucket: bucketOf(value), count }),
      ),
    ),
    pairs: Object.keys(ratios).map((ratio, index): LatencyPair => ({
      ...at,
      draw: index / 10,
      primaryMs: 10,
      candidateMs: 10 * Number(ratio),
      secondaryMs: null,
    })),
  };
}

/** The report of a store with these counts. @param endpoints thresholds of single endpoints */
export function reportOfCounts(
  counted: readonly Partial<ResultBatch>[],
  endpoints: readonly EndpointGate[] = [],
): Report {
  const path = newPath();
  const run = { ...RUN, gate: { ...RUN.gate, endpoints } };
  const writer = openSqliteWriter(path, OPTIONS);
  onTestFinished(() => writer.close());
  writer.beginRun(run);
  writer.commit(
    run.id,
    counted.map((parts, index) => batch(`${index}`, parts)),
  );
  writer.flush();
  const reader = openSqliteReader(path);
  onTestFinished(() => reader.close());
  return buildReport(reader, run, "v2", { now: NOON, cache: new HistoryCache(10) });
}
