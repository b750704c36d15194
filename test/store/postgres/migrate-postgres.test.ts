import { appendFileSync, cpSync, mkdtempSync, readdirSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { assertPostgresMigrated, migratePostgres } from "../../../src/store/postgres/migrate-postgres.ts";
import { startPostgres, type Postgres } from "../../tools/start-postgres.ts";
import { withSession } from "./postgres-session.ts";

const MIGRATIONS = join(import.meta.dirname, "../../../migrations/postgres");
const NAMES = readdirSync(MIGRATIONS).toSorted();

let server: Postgres;
let folder: string;
let database: string;

beforeAll(async () => {
  server = await startPostgres();
});

afterAll(async () => {
  await server.remove();
});

beforeEach(async () => {
  database = await server.createDatabase();
  folder = mkdtempSync(join(tmpdir(), "migrations-"));
  cpSync(MIGRATIONS, folder, { recursive: true });
  return () => rmSync(folder, { recursive: true });
});

function migrate(parameters: Readonly<Record<string, string>> = {}, user = "postgres"): Promise<void> {
  const url = server.url(database, parameters).replace("postgres@", `${user}@`);
  return withSession(url, (session) => migratePostgres(session, parameters["schema"], folder));
}

function check(): Promise<void> {
  return withSession(server.url(database), (session) => assertPostgresMigrated(session, folder));
}

describe("migrations of PostgreSQL", () => {
  it("are applied once when eight replicas start at the same time", async () => {
    appendFileSync(join(folder, NAMES[0] ?? ""), "\nSELECT pg_sleep(0.1);\n");
    writeFileSync(join(folder, "900_once.sql"), "CREATE TABLE once (at timestamptz); INSERT INTO once VALUES (now());");
    await Promise.all(Array.from({ length: 8 }, () => migrate()));
    expect((await server.sql("SELECT name FROM migration ORDER BY name", database)).split("\n")).toEqual([
      ...NAMES,
      "900_once.sql",
    ]);
    expect(await server.sql("SELECT count(*) FROM once", database)).toBe("1");
    await expect(check()).resolves.toBeUndefined();
  });

  it("that are new are applied to a store that has the others", async () => {
    await migrate();
    writeFileSync(join(folder, "900_later.sql"), "CREATE TABLE later (at timestamptz);");
    await expect(check()).rejects.toThrow(
      "it was created by an older version of shadowdiff (the migration 900_later.sql is missing); run serve with it once to upgrade it",
    );
    await migrate();
    await expect(check()).resolves.toBeUndefined();
    expect(await server.sql("SELECT count(*) FROM later", database)).toBe("0");
  });

  it("that fail leave nothing", async () => {
    writeFileSync(join(folder, "900_wrong.sql"), "CREATE TABLE wrong (at timestamptz); SELECT 1 / 0;");
    await expect(migrate()).rejects.toThrow("division by zero");
    expect(
      await server.sql("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace", database),
    ).toBe("0");
  });

  it("that were changed or are unknown are refused", async () => {
    writeFileSync(join(folder, "900_newer.sql"), "SELECT 1;");
    await migrate();
    appendFileSync(join(folder, "900_newer.sql"), "-- changed");
    await expect(migrate()).rejects.toThrow("the migration 900_newer.sql was changed after it was applied; restore");
    unlinkSync(join(folder, "900_newer.sql"));
    for (const attempt of [migrate, check]) {
      await expect(attempt()).rejects.toMatchObject({
        trouble: "configuration",
        message:
          "it was created by a newer version of shadowdiff (it has the migration 900_newer.sql); use that version or another database or schema",
      });
    }
  });

  it("create the schema of the URL and leave others alone", async () => {
    await server.sql("CREATE TABLE public.run (theirs text)", database);
    await migrate({ schema: "Team_A" });
    await migrate({ schema: "team_b" });
    expect(
      await server.sql(
        "SELECT table_schema FROM information_schema.tables WHERE table_name = 'recent_blocks' ORDER BY 1",
        database,
      ),
    ).toBe("Team_A\nteam_b");
  });

  it.each([
    ["tables", "CREATE TABLE run (theirs text); CREATE VIEW sample AS SELECT 1", "run, sample"],
    ["migrations", "CREATE TABLE migration (id int)", "migration"],
  ])("refuse a schema with %s of another program", async (_, statements, tables) => {
    await server.sql(statements, database);
    await expect(migrate()).rejects.toThrow(
      `its schema has tables of another program (${tables}); name another one in the URL with ?schema=NAME`,
    );
    await migrate({ schema: "own" });
  });

  it("say what is missing when the user may not create tables, or when there is no schema", async () => {
    await server.sql("CREATE USER guest");
    await expect(migrate({}, "guest")).rejects.toThrow("permission denied for schema public");
    await expect(migrate({ schema: "mine" }, "guest")).rejects.toThrow("permission denied for database");
    await server.sql("DROP SCHEMA public", database);
    await expect(migrate()).rejects.toThrow("has no schema that exists; name one in the URL with ?schema=NAME");
    await expect(check()).rejects.toThrow("it is empty: no run has been stored yet");
  });
});
