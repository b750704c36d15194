import { renameSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { describe, expect, it } from "vitest";
import type { Run } from "../../../../src/model/run.ts";
import type { StoreReader } from "../../../../src/store/store.ts";
import { openSqlite } from "../../contract/sqlite-engine.ts";
import { batch, field, flat, MINUTE, NOON, outcome, received, RUN } from "../../store-fixture.ts";

async function countsOf(reader: StoreReader, run = RUN.id): Promise<(readonly [endpoint: string, count: number])[]> {
  return flat(await reader.outcomes(run, "v2")).map(({ endpoint, count }) => [endpoint, count]);
}

describe("a file", () => {
  it("fails to write to a file that was moved, and so does the reader", async () => {
    const { path, writer, reader } = await openSqlite();
    renameSync(path, `${path}.moved`);
    const message = `the database ${path} was moved, deleted or replaced`;
    await expect(writer.commit(RUN.id, [batch("1")])).rejects.toThrow(message);
    await expect(reader.runs()).rejects.toThrow(message);
  });

  it("continues after retention in another process has deleted its rows", async () => {
    const { writer, reader, openWriter } = await openSqlite();
    await writer.commit(RUN.id, [batch("1", { outcomes: [outcome({ fields: [field("$.a")], count: 2 })] })]);
    const other = await openWriter({ retention: { maxAgeMs: 0, maxBytes: 1 } }, { ...RUN, id: "other" });
    while (await other.applyRetention(RUN.startedAt + 8 * 3_600_000));
    expect((await reader.runs()).map(({ id }) => id)).toEqual(["other"]);
    await writer.commit(RUN.id, [batch("later", { outcomes: [outcome({ fields: [field("$.a")], count: 5 })] })]);
    expect(flat(await reader.outcomes(RUN.id, "v2")).map(({ fields, count }) => [fields[0]?.path, count])).toEqual([
      ["$.a", 5],
    ]);
  });

  it("accepts no batch of a run that has ended", async () => {
    const { writer } = await openSqlite();
    await writer.endRun(RUN.id, NOON + 5, { ...RUN, id: "next" });
    await expect(writer.commit(RUN.id, [batch("3")])).rejects.toThrow("is not active");
  });

  it("ends runs that were abandoned, with their last minute, at most now, or at their start without counts", async () => {
    const { writer, reader, openWriter } = await openSqlite();
    await writer.commit(RUN.id, [batch("1", { accounting: [received(2), received(3, { minute: MINUTE + 7 })] })]);
    const empty: Run = { ...RUN, id: "empty", startedAt: NOON + 10 };
    const ended: Run = { ...RUN, id: "ended", startedAt: NOON + 20 };
    for (const run of [empty, ended]) await writer.beginRun(run);
    await writer.endRun("ended", NOON + 30, null);
    const next = await openWriter({}, { ...RUN, id: "next", startedAt: NOON + 40 });
    await next.endAbandonedRuns(NOON + 7 * 60_000 + 1);
    const endsOf = async () => (await reader.runs()).map(({ id, endedAt }) => [id, endedAt]);
    const others = [
      ["next", null],
      ["ended", NOON + 30],
      ["empty", NOON + 10],
    ];
    expect(await endsOf()).toEqual([...others, [RUN.id, NOON + 7 * 60_000 + 1]]);
    // Its process is still alive.
    await writer.commit(RUN.id, [batch("2", { accounting: [received(1)] })]);
    expect(await endsOf()).toEqual([...others, [RUN.id, null]]);
    await next.endAbandonedRuns(NOON + 3_600_000);
    expect(await endsOf()).toEqual([...others, [RUN.id, NOON + 8 * 60_000]]);
  });
});

describe("several writers", () => {
  it("write to one file, each to its own run", async () => {
    const { writer, reader, openWriter } = await openSqlite();
    const other: Run = { ...RUN, id: "other" };
    const second = await openWriter({}, other);
    for (let round = 1; round <= 5; round += 1) {
      await writer.commit(RUN.id, [batch(`${round}`, { outcomes: [outcome({ endpoint: `GET /${round % 3}` })] })]);
      await second.commit(other.id, [
        batch(`other ${round}`, { outcomes: [outcome({ endpoint: `GET /${round % 2}`, count: 2 })] }),
      ]);
    }
    expect(await countsOf(reader)).toEqual([
      ["GET /0", 1],
      ["GET /1", 2],
      ["GET /2", 2],
    ]);
    expect(await countsOf(reader, "other")).toEqual([
      ["GET /0", 4],
      ["GET /1", 6],
    ]);
  });

  it("fail a commit without effect when the file is locked for longer than the busy timeout", async () => {
    const { path, writer, reader } = await openSqlite();
    const locker = new Sqlite(path);
    locker.exec("BEGIN IMMEDIATE");
    const one = batch("1", { outcomes: [outcome()] });
    await expect(writer.commit(RUN.id, [one])).rejects.toThrow("database is locked");
    locker.exec("ROLLBACK");
    await writer.commit(RUN.id, [one]);
    expect(flat(await reader.outcomes(RUN.id, "v2")).map(({ count }) => count)).toEqual([1]);
  });
});
