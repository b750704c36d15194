import { renameSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { OVERFLOW_ENDPOINT } from "../../../../src/model/difference.ts";
import type { OutcomeCount } from "../../../../src/model/difference.ts";
import type { Run } from "../../../../src/model/run.ts";
import { SLOTS_PER_MINUTE } from "../../../../src/lib/time-slots.ts";
import { openSqliteWriter, type SqliteWriterOptions } from "../../../../src/store/sqlite/write/sqlite-writer.ts";
import type { StoreReader, StoreWriter } from "../../../../src/store/store.ts";
import { openStore } from "../../open-store.ts";
import {
  batch,
  field,
  flat,
  latency,
  latencyRows,
  MINUTE,
  OPTIONS,
  outcome,
  received,
  RUN,
  sample,
  SLOT,
} from "../../store-fixture.ts";

function openBoth(options: Partial<SqliteWriterOptions> = {}): {
  path: string;
  writer: StoreWriter;
  reader: StoreReader;
  commit: (...outcomes: OutcomeCount[]) => void;
} {
  const store = openStore(options);
  let batches = 0;
  return {
    ...store,
    commit: (...outcomes) => store.writer.commit(RUN.id, [batch(`${(batches += 1)}`, { outcomes })]),
  };
}

/** A batch that fails within the transaction: STRICT tables reject text for a number. */
const INVALID = batch("invalid", { accounting: [received("many" as unknown as number)] });

describe("commit", () => {
  it("adds up counts over batches and minutes, per run and candidate", () => {
    const { writer, reader } = openBoth();
    const other: Run = { ...RUN, id: "other", startedAt: RUN.startedAt + 1 };
    writer.beginRun(other);
    const differing = outcome({ paired: true, fields: [field("$.a", "both"), field("$.b")], count: 2 });
    writer.commit(RUN.id, [
      batch("1", { outcomes: [outcome({ count: 5 }), differing], accounting: [received(7)], latencies: [latency()] }),
      batch("2", {
        outcomes: [outcome({ slot: SLOT + SLOTS_PER_MINUTE, count: 10 })],
        accounting: [received(10, { minute: MINUTE + 1 })],
      }),
    ]);
    writer.commit(RUN.id, [
      batch("3", { outcomes: [differing, outcome({ candidate: "v3", count: 9 })], latencies: [latency({ count: 4 })] }),
    ]);
    writer.commit(other.id, [batch("other 1", { outcomes: [outcome({ count: 100 })] })]);

    const of = { route: "default", endpoint: "GET /users/{id}", overflow: false, beyondCap: false };
    expect(flat(reader.outcomes(RUN.id, "v2"))).toEqual([
      { ...of, candidate: "v2", paired: false, fields: [], count: 15 },
      { ...of, candidate: "v2", paired: true, fields: differing.fields, count: 4 },
    ]);
    expect(flat(reader.outcomes(RUN.id, "v3"))).toEqual([
      { ...of, candidate: "v3", paired: false, fields: [], count: 9 },
    ]);
    expect(flat(reader.outcomes(other.id, "v2")).map(({ count }) => count)).toEqual([100]);
    expect(reader.accounting(RUN.id, "v2")).toEqual([received(17, { minute: 0 })]);
    expect(
      latencyRows(reader.latencies(RUN.id, "v2")).map(({ series, bucket, count }) => [series, bucket, count]),
    ).toEqual([["primary", 40, 5]]);
    expect(reader.runs().map(({ id }) => id)).toEqual(["other", RUN.id]);
  });

  it("counts a batch once that is delivered twice: in one transaction, in a later one and after a reopening", () => {
    const { path, writer, reader } = openBoth();
    const twice = batch("1", { outcomes: [outcome({ count: 3 })], accounting: [received(3)], samples: [sample("x")] });
    writer.commit(RUN.id, [twice, twice]);
    writer.commit(RUN.id, [twice, batch("2", { outcomes: [outcome()] })]);
    writer.close();
    const again = openSqliteWriter(path, OPTIONS);
    again.beginRun(RUN);
    again.commit(RUN.id, [twice]);
    expect(flat(reader.outcomes(RUN.id, "v2")).map(({ count }) => count)).toEqual([4]);
    expect(reader.accounting(RUN.id, "v2").map(({ count }) => count)).toEqual([3]);
    expect(reader.samples(RUN.id, "v2", { limit: 9 })).toHaveLength(1);
  });

  it("commits all batches or none, and drops cached keys after a rollback", () => {
    const { writer, reader } = openBoth();
    const first = batch("1", { outcomes: [outcome({ endpoint: "GET /new", fields: [field("$.a")], count: 3 })] });
    expect(() => writer.commit(RUN.id, [first, INVALID])).toThrow("cannot store TEXT value in INTEGER column");
    expect(flat(reader.outcomes(RUN.id, "v2"))).toEqual([]);
    // A stale cache would reuse the keys of the rolled back rows.
    writer.commit(RUN.id, [batch("2", { outcomes: [outcome({ endpoint: "GET /other", fields: [field("$.b")] })] })]);
    writer.commit(RUN.id, [first]);
    expect(
      flat(reader.outcomes(RUN.id, "v2")).map(({ endpoint, fields, count }) => [endpoint, fields[0]?.path, count]),
    ).toEqual([
      ["GET /new", "$.a", 3],
      ["GET /other", "$.b", 1],
    ]);
  });

  it("keeps a run unchanged that is begun again", () => {
    const { writer, reader } = openBoth();
    writer.beginRun({ ...RUN, name: "renamed" });
    expect(reader.runs()).toEqual([RUN]);
  });

  it("updates a run after a reload", () => {
    const { writer, reader } = openBoth();
    const changed = { ...RUN, primary: "v1b", candidates: ["v3"], secondary: null, gate: { ...RUN.gate, parity: 0.5 } };
    writer.updateRun({ ...changed, name: "its name stays" });
    writer.commit(RUN.id, [batch("1")]);
    expect(reader.runs()).toEqual([changed]);
  });

  it("fails to write to a file that was moved, and so does the reader", () => {
    const { path, writer, reader } = openBoth();
    renameSync(path, `${path}.moved`);
    const message = `the database ${path} was moved, deleted or replaced`;
    expect(() => writer.commit(RUN.id, [batch("1")])).toThrow(message);
    expect(() => reader.runs()).toThrow(message);
  });

  it("continues after retention in another process has deleted its rows", () => {
    const { path, writer, reader, commit } = openBoth();
    commit(outcome({ fields: [field("$.a")], count: 2 }));
    const other = openSqliteWriter(path, { ...OPTIONS, retention: { maxAgeMs: 0, maxBytes: 1 } });
    other.beginRun({ ...RUN, id: "other" });
    while (other.applyRetention(RUN.startedAt + 8 * 3_600_000));
    expect(reader.runs().map(({ id }) => id)).toEqual(["other"]);
    writer.commit(RUN.id, [batch("later", { outcomes: [outcome({ fields: [field("$.a")], count: 5 })] })]);
    expect(flat(reader.outcomes(RUN.id, "v2")).map(({ fields, count }) => [fields[0]?.path, count])).toEqual([
      ["$.a", 5],
    ]);
  });
});

describe("limits", () => {
  it("counts endpoints beyond the limit exactly under one name", () => {
    const { writer, reader, commit } = openBoth({ maxEndpoints: 2 });
    commit(outcome({ endpoint: "GET /a" }), outcome({ endpoint: "GET /b", candidate: "v3" }));
    commit(
      outcome({ endpoint: "GET /c", count: 3 }),
      outcome({ endpoint: "GET /d", count: 4, fields: [field("$.x")] }),
    );
    commit(outcome({ endpoint: "GET /b", count: 7 }), outcome({ endpoint: "GET /a", count: 8 }));
    writer.commit(RUN.id, [
      batch("beyond", { latencies: [latency({ endpoint: "GET /c" })], samples: [sample("s", { endpoint: "GET /d" })] }),
    ]);
    expect(
      flat(reader.outcomes(RUN.id, "v2")).map(({ endpoint, fields, count }) => [endpoint, fields.length, count]),
    ).toEqual([
      [OVERFLOW_ENDPOINT, 0, 3],
      [OVERFLOW_ENDPOINT, 1, 4],
      ["GET /a", 0, 9],
      ["GET /b", 0, 7],
    ]);
    expect(latencyRows(reader.latencies(RUN.id, "v2")).map(({ endpoint }) => endpoint)).toEqual([OVERFLOW_ENDPOINT]);
    expect(reader.samples(RUN.id, "v2", { endpoint: OVERFLOW_ENDPOINT, limit: 9 }).map(({ id }) => id)).toEqual(["s"]);
  });

  it("keeps the known endpoints after a restart and adds none beyond the limit", () => {
    const { path, writer, commit, reader } = openBoth({ maxEndpoints: 1 });
    commit(outcome({ endpoint: "GET /a" }), outcome({ endpoint: "GET /b" }));
    writer.close();
    const again = openSqliteWriter(path, { ...OPTIONS, maxEndpoints: 1 });
    again.beginRun(RUN);
    again.commit(RUN.id, [
      batch("again", { outcomes: [outcome({ endpoint: "GET /c" }), outcome({ endpoint: "GET /a" })] }),
    ]);
    expect(flat(reader.outcomes(RUN.id, "v2")).map(({ endpoint, count }) => [endpoint, count])).toEqual([
      [OVERFLOW_ENDPOINT, 2],
      ["GET /a", 2],
    ]);
  });

  it("counts difference sets beyond the limit together, by matched or differed and by paired or not", () => {
    const { reader, commit } = openBoth({ maxDifferenceSets: 2 });
    commit(outcome({ fields: [field("$.a")] }), outcome({ fields: [field("$.b", "noise")], paired: true }));
    commit(
      outcome({ count: 1000 }), // a match is not a difference set
      outcome({ fields: [field("$.c")], count: 2 }),
      outcome({ fields: [field("$.d")], count: 3 }),
      outcome({ fields: [field("$.d")], paired: true, count: 4 }),
      outcome({ fields: [field("$.e", "noise")], paired: true, count: 5 }),
      outcome({ fields: [field("$.e", "noise"), field("$.f", "both")], paired: true, count: 6 }),
      outcome({ fields: [field("$.a")], count: 7 }),
      outcome({ fields: [field("$.a")], candidate: "v3", count: 1 }),
    );
    const rows = flat(reader.outcomes(RUN.id, "v2")).map(({ fields, paired, overflow, beyondCap, count }) => {
      return [fields.map(({ path }) => path).join(), paired, overflow, beyondCap, count];
    });
    expect(rows).toEqual([
      ["$.a", false, false, false, 8],
      ["$.b", true, false, false, 1],
      ["", false, false, false, 1000],
      ["", false, true, true, 5],
      ["", true, true, true, 10],
      ["", true, false, true, 5],
    ]);
    expect(flat(reader.outcomes(RUN.id, "v3")).map(({ beyondCap }) => beyondCap)).toEqual([false]);
  });

  it("keeps no samples with samplesPerDifference: 0", () => {
    const { writer, reader } = openBoth({ samplesPerDifference: 0 });
    writer.commit(RUN.id, [batch("1", { samples: [sample("a")] })]);
    expect(reader.samples(RUN.id, "v2", { limit: 9 })).toEqual([]);
  });
});

describe("several writers", () => {
  it("write to one file, each to its own run", () => {
    const { path, writer, reader } = openBoth();
    const second = openSqliteWriter(path, OPTIONS);
    const other: Run = { ...RUN, id: "other" };
    second.beginRun(other);
    for (let round = 1; round <= 5; round += 1) {
      writer.commit(RUN.id, [batch(`${round}`, { outcomes: [outcome({ endpoint: `GET /${round % 3}` })] })]);
      second.commit(other.id, [
        batch(`other ${round}`, { outcomes: [outcome({ endpoint: `GET /${round % 2}`, count: 2 })] }),
      ]);
    }
    const counts = (run: string) => flat(reader.outcomes(run, "v2")).map(({ endpoint, count }) => [endpoint, count]);
    expect(counts(RUN.id)).toEqual([
      ["GET /0", 1],
      ["GET /1", 2],
      ["GET /2", 2],
    ]);
    expect(counts("other")).toEqual([
      ["GET /0", 4],
      ["GET /1", 6],
    ]);
  });

  it("fail a commit without effect when the file is locked for longer than the busy timeout", () => {
    const { path, writer, reader } = openBoth();
    const locker = new Sqlite(path);
    locker.exec("BEGIN IMMEDIATE");
    const one = batch("1", { outcomes: [outcome()] });
    expect(() => writer.commit(RUN.id, [one])).toThrow("database is locked");
    locker.exec("ROLLBACK");
    writer.commit(RUN.id, [one]);
    expect(flat(reader.outcomes(RUN.id, "v2")).map(({ count }) => count)).toEqual([1]);
  });
});
