import { onTestFinished } from "vitest";
import type { ResultBatch } from "../../src/model/batch.ts";
import type { Report } from "../../src/model/report.ts";
import type { EndpointGate } from "../../src/model/run.ts";
import { buildReport } from "../../src/report/build-report.ts";
import { HistoryCache } from "../../src/report/history-cache.ts";
import { openSqliteReader } from "../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../src/store/sqlite/write/sqlite-writer.ts";
import { batch, latency, NOON, OPTIONS, outcome, received, RUN } from "../store/store-fixture.ts";
import { bucketFor } from "../lib/series-bucket.ts";
import { newPath } from "../store/new-path.ts";

/** Blocks of a run of 20 eighths of a second. */
const SLOTS = 20;

/** The counts of an endpoint whose responses all agree. @param ratios responses by latency ratio, spread over the run */
export function endpoint(
  name: string,
  responses: number,
  ratios: Readonly<Record<string, number>> = {},
): Partial<ResultBatch> {
  return {
    accounting: [received(responses), received(responses, { fate: "mirrored" })],
    outcomes: [outcome({ endpoint: name, count: responses })],
    latencies: Object.entries(ratios).flatMap(([ratio, count]) =>
      [["primary", 10] as const, ["candidate", 10 * Number(ratio)] as const, ["ratio", Number(ratio)] as const].flatMap(
        ([series, value]) => {
          const row = latency({ endpoint: name, series, bucket: bucketFor(series, value) });
          return inSlots(count).map((own, at) => ({ ...row, slot: row.slot + at, count: own }));
        },
      ),
    ),
  };
}

/** A count as evenly spread over slots as it can be. */
function inSlots(count: number): readonly number[] {
  return Array.from({ length: SLOTS }, (_, at) => Math.floor((count + at) / SLOTS)).filter((own) => own > 0);
}

/** The report of a store with these counts. @param endpoints thresholds of single endpoints */
export async function reportOfCounts(
  counted: readonly Partial<ResultBatch>[],
  endpoints: readonly EndpointGate[] = [],
): Promise<Report> {
  const path = newPath();
  const run = { ...RUN, gate: { ...RUN.gate, endpoints } };
  const writer = openSqliteWriter(path, OPTIONS);
  onTestFinished(() => writer.close());
  await writer.beginRun(run);
  await writer.commit(
    run.id,
    counted.map((parts, index) => batch(`${index}`, parts)),
  );
  const reader = openSqliteReader(path);
  onTestFinished(() => reader.close());
  return buildReport(reader, run, "v2", { now: NOON, cache: new HistoryCache(10) });
}
