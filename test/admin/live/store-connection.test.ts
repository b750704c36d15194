import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { StoreConnection } from "../../../src/admin/live/store-connection.ts";
import { openSqliteReader } from "../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import { StoreError } from "../../../src/store/store-errors.ts";
import type { StoreReader } from "../../../src/store/store.ts";
import { configWith, RUN } from "../admin-fixture.ts";

const { compare, store } = configWith({});
const folder = mkdtempSync(join(tmpdir(), "shadowdiff-reading-"));

/** Fails as a reader does when SQLite finds no database. */
async function brokenDatabase(): Promise<never> {
  throw new StoreError("file is not a database");
}

/** A connection to the file of a run, and how many readers it has opened and closed. */
async function createConnection() {
  const path = join(folder, "shadowdiff.db");
  const writer = openSqliteWriter(path, { ...compare, retention: store.retention });
  await writer.beginRun(RUN);
  await writer.close();
  const count = { opened: 0, closed: 0 };
  const connection = new StoreConnection(async () => {
    count.opened += 1;
    const reader = openSqliteReader(path);
    const close = reader.close.bind(reader);
    reader.close = () => {
      count.closed += 1;
      return close();
    };
    return reader;
  });
  return { connection, count, runs: () => connection.query((reader) => reader.runs()) };
}

describe("StoreConnection", () => {
  it("opens the database once, and again at once and with the next query after an error", async () => {
    const { connection, count, runs } = await createConnection();
    expect(await Promise.all([runs(), runs()])).toEqual([[RUN], [RUN]]);
    expect([await runs(), count]).toEqual([[RUN], { opened: 1, closed: 0 }]);
    await expect(connection.query(brokenDatabase)).rejects.toThrow(
      expect.objectContaining({
        code: "store-unavailable",
        message: "The store cannot be read: file is not a database.",
      }) as Error,
    );
    expect(count).toEqual({ opened: 2, closed: 2 });
    expect([await runs(), count.opened]).toEqual([[RUN], 3]);
    await connection.close();
    expect(count.closed).toBe(3);
  });

  it("opens the database once for all queries whose reader fails", async () => {
    const { connection, count, runs } = await createConnection();
    await runs();
    const failing = new WeakSet<StoreReader>();
    await connection.query(async (reader) => failing.add(reader));
    const query = (): Promise<unknown> =>
      connection.query((reader) => (failing.has(reader) ? brokenDatabase() : reader.runs()));
    expect(await Promise.all([query(), query(), query()])).toEqual([[RUN], [RUN], [RUN]]);
    expect(count).toEqual({ opened: 2, closed: 1 });
    await connection.close();
  });

  it("closes a reader once its queries have ended, and the next query opens another one", async () => {
    const { connection, count, runs } = await createConnection();
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const slow = connection.query(async (reader) => {
      await held;
      return reader.runs();
    });
    const closing = connection.close();
    expect([await runs(), count]).toEqual([[RUN], { opened: 2, closed: 0 }]);
    await closing;
    release();
    expect([await slow, count]).toEqual([[RUN], { opened: 2, closed: 1 }]);
    await connection.close();
    expect(count.closed).toBe(2);
  });

  it("names the file that cannot be opened", async () => {
    const path = join(folder, "missing.db");
    const connection = new StoreConnection(async () => openSqliteReader(path));
    await expect(connection.query((reader) => reader.runs())).rejects.toThrow(
      `The store cannot be read: cannot open the database ${path}: the file does not exist; serve creates it on start.`,
    );
  });

  it("says that the file is a directory, for which SQLite has an I/O error", () => {
    expect(() => openSqliteReader(folder)).toThrow(`cannot open the database ${folder}: it is a directory`);
  });

  it("passes on other errors, and keeps its reader", async () => {
    const { connection, count } = await createConnection();
    const bug = new TypeError("a bug");
    const query = connection.query(async () => {
      throw bug;
    });
    await expect(query).rejects.toThrow(bug);
    expect(count).toEqual({ opened: 1, closed: 0 });
    await connection.close();
  });
});
