import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { StoreConnection } from "../../../src/admin/live/store-connection.ts";
import { openSqliteReader } from "../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import { configWith, RUN } from "../admin-fixture.ts";

const { compare, store } = configWith({});
const folder = mkdtempSync(join(tmpdir(), "shadowdiff-reading-"));

/** Fails with the error of SQLite for a file that is not a database. */
function brokenDatabase(): unknown {
  const path = join(folder, "broken.db");
  writeFileSync(
    path,
    "not a database, but long enough for the header of one, which takes a hundred bytes .................",
  );
  return new Sqlite(path).prepare("SELECT 1 FROM sqlite_schema").all();
}

describe("StoreConnection", () => {
  it("opens the database once, and again at once and with the next query after an error", () => {
    const path = join(folder, "shadowdiff.db");
    const writer = openSqliteWriter(path, { ...compare, retention: store.retention });
    writer.beginRun(RUN);
    let opened = 0;
    const connection = new StoreConnection(() => {
      opened += 1;
      return openSqliteReader(path);
    });
    expect([connection.query((reader) => reader.runs()), connection.query((reader) => reader.runs()), opened]).toEqual([
      [RUN],
      [RUN],
      1,
    ]);
    expect(() => connection.query(brokenDatabase)).toThrow(
      expect.objectContaining({
        code: "store-unavailable",
        message: "The store cannot be read: file is not a database.",
      }) as Error,
    );
    expect([connection.query((reader) => reader.runs()), opened]).toEqual([[RUN], 3]);
    connection.close();
    writer.close();
  });

  it("names the file that cannot be opened", () => {
    const path = join(folder, "missing.db");
    const connection = new StoreConnection(() => openSqliteReader(path));
    expect(() => connection.query((reader) => reader.runs())).toThrow(
      `The store cannot be read: cannot open the database ${path}: the file does not exist; serve creates it on start.`,
    );
  });

  it("says that the file is a directory, for which SQLite has an I/O error", () => {
    expect(() => openSqliteReader(folder)).toThrow(`cannot open the database ${folder}: it is a directory`);
  });

  it("passes on other errors", () => {
    const path = join(folder, "shadowdiff.db");
    const connection = new StoreConnection(() => openSqliteReader(path));
    const bug = new TypeError("a bug");
    const query = (): unknown =>
      connection.query(() => {
        throw bug;
      });
    expect(query).toThrow(bug);
    connection.close();
  });
});
