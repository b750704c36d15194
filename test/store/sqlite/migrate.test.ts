import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import Sqlite from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { migrate } from "../../../src/store/sqlite/migrate.ts";
import { openSqliteReader } from "../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import { latencyRows, minuteRows, OPTIONS, RUN } from "../store-fixture.ts";
import { newPath } from "../new-path.ts";

const MIGRATIONS = join(import.meta.dirname, "../../../migrations/sqlite");

const ALL = [
  "001_initial.sql",
  "002_comparison.sql",
  "003_latency_histograms.sql",
  "004_time_blocks.sql",
  "005_failures.sql",
  "006_learned_templates.sql",
  "007_query_parameters.sql",
  "008_endpoints_of_reviews.sql",
  "009_slow_exchanges.sql",
  "010_template_decisions.sql",
  "011_attributes.sql",
];

/** A copy of the migrations that a test can modify. */
function copyOfMigrations(): string {
  const folder = join(dirname(newPath()), "migrations");
  cpSync(MIGRATIONS, folder, { recursive: true });
  return `${folder}/`;
}

function applied(path: string): unknown[] {
  const db = new Sqlite(path, { readonly: true });
  const rows = db.prepare("SELECT name FROM migration ORDER BY name").pluck().all();
  db.close();
  return rows;
}

async function open(path: string, migrations?: string): Promise<void> {
  await openSqliteWriter(path, { ...OPTIONS, migrations }).close();
}

describe("migrations", () => {
  it("are applied once, and keep the rows when the database is opened again", async () => {
    const path = newPath();
    const writer = openSqliteWriter(path, OPTIONS);
    await writer.beginRun(RUN);
    await writer.close();
    await open(path);
    expect(applied(path)).toEqual(ALL);
    expect(await openSqliteReader(path).runs()).toEqual([RUN]);
  });

  it("keep reviews of one endpoint", async () => {
    const path = newPath();
    const before = copyOfMigrations();
    rmSync(`${before}008_endpoints_of_reviews.sql`);
    const db = new Sqlite(path);
    migrate(db, before);
    db.exec("INSERT INTO review VALUES ('s', 'accepted', 'GET /a \"b\"', 'title', '[]', 'reason', 'ann', 1, NULL)");
    db.close();
    await open(path);
    expect(await openSqliteReader(path).reviews()).toMatchObject([
      { signature: "s", endpoints: ['GET /a "b"'], by: "ann" },
    ]);
  });

  it("are applied to an existing database in the order of their names", async () => {
    const [path, migrations] = [newPath(), copyOfMigrations()];
    await open(path, migrations);
    writeFileSync(`${migrations}905_later.sql`, "ALTER TABLE more ADD COLUMN b TEXT;");
    writeFileSync(`${migrations}904_more.sql`, "CREATE TABLE more (a TEXT) STRICT;");
    await open(path, migrations);
    expect(applied(path)).toEqual([...ALL, "904_more.sql", "905_later.sql"]);
  });

  it("are rolled back individually when one fails", async () => {
    const [path, migrations] = [newPath(), copyOfMigrations()];
    writeFileSync(`${migrations}904_broken.sql`, "CREATE TABLE half (a TEXT) STRICT; SELECT nonsense;");
    await expect(open(path, migrations)).rejects.toThrow(`cannot open the database ${path}: no such column: nonsense`);
    expect(applied(path)).toEqual(ALL);
    const db = new Sqlite(path, { readonly: true });
    expect(db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'half'").pluck().get()).toBe(0);
    db.close();
  });

  it("that changed after they were applied are rejected by name, by writer and reader", async () => {
    const [path, migrations] = [newPath(), copyOfMigrations()];
    await open(path, migrations);
    const file = `${migrations}001_initial.sql`;
    writeFileSync(file, `${readFileSync(file, "utf8")}-- changed\n`);
    const message = `cannot open the database ${path}: the migration 001_initial.sql was changed after it was applied`;
    await expect(open(path, migrations)).rejects.toThrow(message);
    expect(() => openSqliteReader(path, { migrations })).toThrow(message);
  });

  it("of a newer version are rejected by name", async () => {
    const [path, newer] = [newPath(), copyOfMigrations()];
    writeFileSync(`${newer}904_future.sql`, "CREATE TABLE future (a TEXT) STRICT;");
    await open(path, newer);
    const message = "it was created by a newer version of shadowdiff (it has the migration 904_future.sql)";
    await expect(open(path)).rejects.toThrow(message);
    expect(() => openSqliteReader(path)).toThrow(message);
  });

  it("are not applied by a reader, which rejects an older database with a remedy", async () => {
    const [path, newer] = [newPath(), copyOfMigrations()];
    await open(path);
    writeFileSync(`${newer}904_future.sql`, "CREATE TABLE future (a TEXT) STRICT;");
    expect(() => openSqliteReader(path, { migrations: newer })).toThrow(
      "it was created by an older version of shadowdiff (the migration 904_future.sql is missing); run serve with it once to upgrade it",
    );
    expect(applied(path)).toEqual(ALL);
  });
});

const NOT_OWN = "it is not a shadowdiff database";

/** The files of a database whose program was killed: what it wrote last is in its write-ahead log only. */
function killed(path: string, write: (db: Sqlite.Database) => void): void {
  const db = new Sqlite(path);
  db.pragma("journal_mode = WAL");
  write(db);
  for (const name of ["", "-wal"]) copyFileSync(`${path}${name}`, `${path}.kept${name}`);
  db.close();
  for (const name of ["", "-wal"]) renameSync(`${path}.kept${name}`, `${path}${name}`);
}

const insertNewer = (db: Sqlite.Database): unknown =>
  db.exec("INSERT INTO migration (name, sha256, applied_at) VALUES ('999_newer.sql', 'x', 1)");

describe("other files", () => {
  it("rejects the database of another program and leaves it unchanged", async () => {
    const path = newPath();
    const foreign = new Sqlite(path);
    foreign.exec("CREATE TABLE customers (name TEXT)");
    foreign.close();
    const before = readFileSync(path);
    const message = `cannot open the database ${path}: it is not a shadowdiff database`;
    await expect(open(path)).rejects.toThrow(message);
    expect(() => openSqliteReader(path)).toThrow(message);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it.each<[string, string, (path: string) => void | Promise<void>]>([
    ["a foreign database", NOT_OWN, (path) => killed(path, (db) => db.exec("CREATE TABLE customers (name TEXT)"))],
    [
      "a foreign database whose tables were deleted",
      NOT_OWN,
      (path) => new Sqlite(path).exec("CREATE TABLE customers (name TEXT); DROP TABLE customers").close(),
    ],
    [
      "a database of a newer version",
      "it was created by a newer version of shadowdiff",
      async (path) => {
        await open(path);
        const db = new Sqlite(path);
        insertNewer(db);
        db.close();
      },
    ],
    [
      "a database of a newer version that was killed",
      "it was created by a newer version of shadowdiff",
      async (path) => {
        await open(path);
        killed(path, insertNewer);
      },
    ],
  ])("leaves %s and its log unchanged", async (_, reason, create) => {
    const path = newPath();
    await create(path);
    const read = (): readonly Buffer[] =>
      [path, `${path}-wal`].map((file) => (existsSync(file) ? readFileSync(file) : Buffer.alloc(0)));
    const before = read();
    await expect(open(path)).rejects.toThrow(`cannot open the database ${path}: ${reason}`);
    expect(read().map((bytes, at) => bytes.equals(before[at] ?? Buffer.alloc(0)))).toEqual([true, true]);
  });

  it("rejects a file that is not a database and leaves it unchanged", async () => {
    const path = newPath();
    writeFileSync(path, "listen: 127.0.0.1:8080\n".repeat(100));
    const message = `cannot open the database ${path}: it is not an SQLite database`;
    await expect(open(path)).rejects.toThrow(message);
    expect(() => openSqliteReader(path)).toThrow(message);
    expect(readFileSync(path, "utf8")).toBe("listen: 127.0.0.1:8080\n".repeat(100));
  });

  it("does not create a file for a reader", () => {
    const path = newPath();
    expect(() => openSqliteReader(path)).toThrow(`cannot open the database ${path}: the file does not exist`);
    writeFileSync(path, "");
    expect(() => openSqliteReader(path)).toThrow("it is empty: no run has been stored yet");
    expect(statSync(path).size).toBe(0);
  });

  it("rejects a folder at the path of the file", async () => {
    const path = newPath();
    mkdirSync(path);
    await expect(open(path)).rejects.toThrow(`cannot open the database ${path}: `);
  });
});

describe("file modes", () => {
  it("gives only the owner access to database, log, shared memory and a created folder", async () => {
    const folder = join(dirname(newPath()), "new", "folder");
    const path = join(folder, "shadowdiff.db");
    const writer = openSqliteWriter(path, OPTIONS);
    await writer.beginRun(RUN);
    const modes = [path, `${path}-wal`, `${path}-shm`, folder].map((file) => (statSync(file).mode & 0o777).toString(8));
    await writer.close();
    expect(modes).toEqual(["600", "600", "600", "700"]);
  });
});

it("migrates latencies per bucket to histograms, per endpoint and for all endpoints", async () => {
  const [path, migrations] = [newPath(), copyOfMigrations()];
  for (const name of ALL.slice(2)) rmSync(`${migrations}${name}`);
  const db = new Sqlite(path);
  migrate(db, migrations);
  db.exec(`
    INSERT INTO run (key, id, name, started_at, primary_subset, candidates, gate)
      VALUES (1, 'one', '', 0, 'v1', '[]', '{}'), (2, 'two', '', 0, 'v1', '[]', '{}');
    INSERT INTO endpoint (key, run_key, candidate, route, name)
      VALUES (1, 1, 'v2', 'r', 'GET /a'), (2, 1, 'v2', 'r', 'GET /b'), (3, 1, 'v3', 'r', 'GET /a'), (4, 2, 'v2', 'r', 'GET /a');
    INSERT INTO latency (run_key, minute, endpoint_key, series, bucket, count)
      VALUES (1, 7, 1, 0, -177, 1), (1, 7, 1, 0, 41, 2), (1, 7, 2, 0, 41, 30), (1, 7, 2, 4, 0, 4),
             (1, 8, 1, 0, 41, 5000000000), (1, 8, 3, 0, 41, 60), (2, 7, 4, 0, 41, 700);
    INSERT INTO latency_total SELECT endpoint_key, series, bucket, sum(count) FROM latency GROUP BY 1, 2, 3;
  `);
  db.close();
  await open(path);
  const reader = openSqliteReader(path);
  const of = async (candidate: string, endpoint?: string, run = "one") =>
    minuteRows(await reader.latencyMinutes(run, candidate, endpoint)).map((row) => Object.values(row));
  expect(await of("v2", "GET /a")).toEqual([
    [7, "primary", -177, 1],
    [7, "primary", 41, 2],
    [8, "primary", 41, 5_000_000_000],
  ]);
  expect(await of("v2")).toEqual([
    [7, "primary", -177, 1],
    [7, "primary", 41, 32],
    [8, "primary", 41, 5_000_000_000],
  ]);
  expect([await of("v3"), await of("v2", undefined, "two")]).toEqual([
    [[8, "primary", 41, 60]],
    [[7, "primary", 41, 700]],
  ]);
  const totals = latencyRows(await reader.latencies("one", "v2")).map(({ endpoint, bucket, count }) => [
    endpoint,
    bucket,
    count,
  ]);
  expect(totals).toEqual([
    ["GET /a", -177, 1],
    ["GET /a", 41, 5_000_000_002],
    ["GET /b", 41, 30],
    ["GET /b", 8, 4],
  ]);
  await reader.close();
});
