import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { StoreReading } from "../../../src/admin/live/store-reading.ts";
import { openSqliteReader } from "../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import { configWith, RUN } from "../admin-fixture.ts";

const { compare, store } = configWith({});
const folder = mkdtempSync(join(tmpdir(), "shadowdiff-reading-"));

/** What SQLite itself reports about a file that is no database. */
function brokenDatabase(): unknown {
  const path = join(folder, "broken.db");
  writeFileSync(
    path,
    "no database, but long enough to be taken for the header of one, that is a hundred bytes and more ...",
  );
  return new Sqlite(path).prepare("SELECT 1 FROM sqlite_schema").all();
}

describe("StoreReading", () => {
  it("opens once, and anew after the database failed", () => {
    const path = join(folder, "shadowdiff.db");
    const writer = openSqliteWriter(path, { ...compare, retention: store.retention });
    writer.beginRun(RUN);
    let opened = 0;
    const reading = new StoreReading(() => {
      opened += 1;
      return openSqliteReader(path);
    });
    expect([reading.ask((reader) => reader.runs()), reading.ask((reader) => reader.runs()), opened]).toEqual([
      [RUN],
      [RUN],
      1,
    ]);
    expect(() => reading.ask(brokenDatabase)).toThrow(
      expect.objectContaining({
        code: "store-unavailable",
        message: "The store cannot be read: file is not a database.",
      }) as Error,
    );
    expect([reading.ask((reader) => reader.runs()), opened]).toEqual([[RUN], 2]);
    reading.close();
    writer.close();
  });

  it("names the file that it cannot open", () => {
    const path = join(folder, "missing.db");
    const reading = new StoreReading(() => openSqliteReader(path));
    expect(() => reading.ask((reader) => reader.runs())).toThrow(
      `The store cannot be read: cannot open the database ${path}: the file does not exist; serve creates it on start.`,
    );
  });

  it("leaves other errors as they are", () => {
    const path = join(folder, "shadowdiff.db");
    const reading = new StoreReading(() => openSqliteReader(path));
    const mistake = new TypeError("a mistake of ours");
    const ask = (): unknown =>
      reading.ask(() => {
        throw mistake;
      });
    expect(ask).toThrow(mistake);
    reading.close();
  });
});
