import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import Sqlite from "better-sqlite3";
import { expect, it } from "vitest";
import { openSqliteReader } from "../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../src/store/sqlite/write/sqlite-writer.ts";
import {
  attributes,
  batch,
  field,
  flat,
  latencyRows,
  MINUTE,
  minuteRows,
  NOON,
  OPTIONS,
  outcome,
  received,
  RUN,
  sample,
} from "./store-fixture.ts";
import { newPath } from "./new-path.ts";

/** Written by the first version: a run with one batch of seven exchanges and two samples. */
const FIRST_VERSION = join(import.meta.dirname, "first-version.db.zst");

it("migrates a database of the first version without loss and continues to write to it", async () => {
  const path = newPath();
  writeFileSync(path, zstdDecompressSync(readFileSync(FIRST_VERSION)));
  const writer = openSqliteWriter(path, OPTIONS);
  const reader = openSqliteReader(path);
  const gate = {
    parity: 0.999,
    latencyRatio: 1.1,
    minCompared: 1000,
    errorRate: 1,
    minSuccess: 0,
    minEndpoints: 0,
    coverage: [],
    endpoints: [],
  };
  expect(await reader.runs()).toEqual([{ ...RUN, labels: {}, gate }]);
  expect(flat(await reader.outcomes(RUN.id, "v2")).map(({ fields, count }) => [fields.length, count])).toEqual([
    [0, 5],
    [1, 2],
  ]);
  expect(await reader.accounting(RUN.id, "v2")).toEqual([received(7, { minute: 0 })]);
  expect((await reader.samples(RUN.id, "v2", { limit: 9, path: "$.total" })).map(({ id }) => id)).toEqual(["b", "a"]);
  expect((await reader.sample(RUN.id, "a", "v2"))?.differences).toEqual([
    {
      section: "body",
      path: "$.total",
      kind: "value",
      pointer: "/total",
      relation: null,
      primary: "1",
      candidate: "2",
    },
  ]);
  expect([flat(await reader.relations(RUN.id, "v2")), await reader.blocks(RUN.id, "v2"), await reader.rules()]).toEqual(
    [[], [], []],
  );

  // The migration computes the sums over all endpoints.
  const ofAll = latencyRows(await reader.latencies(RUN.id, "v2")).map(({ series, bucket, count }) => ({
    minute: MINUTE,
    series,
    bucket,
    count,
  }));
  expect(minuteRows(await reader.latencyMinutes(RUN.id, "v2", undefined))).toEqual(ofAll);
  expect(minuteRows(await reader.latencyMinutes(RUN.id, "v2", "GET /users/{id}"))).toEqual(ofAll);
  expect(ofAll).toHaveLength(1);

  await writer.beginRun(RUN);
  const again = batch("1", { outcomes: [outcome({ count: 100 })] });
  const more = batch("2", {
    outcomes: [outcome({ count: 1 })],
    samples: [sample("c", { at: NOON + 2, fields: [field("$.new")] })],
    attributes: [attributes("d")],
  });
  await writer.commit(RUN.id, [again, more]);
  expect(flat(await reader.outcomes(RUN.id, "v2")).map(({ count }) => count)).toEqual([6, 2]);
  expect((await reader.samples(RUN.id, "v2", { limit: 9 })).map(({ id }) => id)).toEqual(["c", "b", "a"]);
  expect(flat(await reader.attributes(RUN.id, "v2")).map(({ records }) => records)).toEqual([[attributes("d")]]);
  await writer.close();
  await reader.close();
  const db = new Sqlite(path, { readonly: true });
  expect(db.pragma("foreign_key_check")).toEqual([]);
  expect(db.pragma("integrity_check")).toEqual([{ integrity_check: "ok" }]);
  db.close();
});
