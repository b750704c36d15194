import { describe, expect, it } from "vitest";
import { runReport, type ReportOptions } from "../../../src/commands/report/run-report.ts";
import { listRuns } from "../../../src/commands/run/run-requests.ts";
import type { ResultBatch } from "../../../src/model/batch.ts";
import type { StoreWriter } from "../../../src/store/store.ts";
import { trafficBatches } from "../../bench/store-traffic.ts";
import { openPostgres, type PostgresStore } from "../../store/contract/postgres-engine.ts";
import { openSqlite } from "../../store/contract/sqlite-engine.ts";
import { NOON, RUN } from "../../store/store-fixture.ts";
import { freePort } from "../../tools/free-port.ts";

/** Some exchanges that differ, with their samples, in batches as a compare thread sends them. */
const BATCHES: readonly ResultBatch[] = [
  ...trafficBatches({ exchanges: 600, batchSize: 50, endpoints: 7, minutes: 30, until: NOON, samples: 3 }),
];

interface Output {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function outputOf(
  command: (io: { out(text: string): void; err(text: string): void }) => Promise<number>,
): Promise<Output> {
  let [out, err] = ["", ""];
  const code = await command({ out: (text) => void (out += text), err: (text) => void (err += text) });
  return { code, out, err };
}

function report(options: Partial<ReportOptions>): Promise<Output> {
  return outputOf((io) => runReport({ format: "text", gate: false, color: false, ...options }, io));
}

async function commitAll(writer: StoreWriter): Promise<void> {
  for (const batch of BATCHES) await writer.commit(RUN.id, [batch]);
}

/** As if the process had been killed: it writes no heartbeat any more. */
async function kill({ server, database }: PostgresStore): Promise<void> {
  await server.sql("UPDATE replica SET heartbeat_at = now() - interval '1 minute'", database);
}

const RECEIVED = "600";

describe("report from PostgreSQL", () => {
  it("equals that from SQLite: as text, as JSON, with its exit code; and so does the list of runs", async () => {
    const [postgres, sqlite] = [await openPostgres(), await openSqlite()];
    for (const { writer } of [postgres, sqlite]) await commitAll(writer);
    const both = [postgres.store, sqlite.store];
    for (const options of [
      { candidate: "v2", gate: true },
      { candidate: "v2", format: "json" },
    ] as const) {
      const [one, other] = await Promise.all(both.map((store) => report({ ...options, store })));
      expect(other?.out).toContain(RECEIVED);
      expect(one).toEqual(other);
    }
    const [one, other] = await Promise.all(
      both.map((store) => outputOf((io) => listRuns({ store, format: "text" }, io))),
    );
    expect(other?.out).toContain(RUN.id);
    expect(one).toEqual(other);
  });

  it("counts first what a replica that was killed has left", async () => {
    const store = await openPostgres();
    await commitAll(store.replica);
    await store.replica.close();
    await kill(store);
    const { code, out, err } = await report({ store: store.store, candidate: "v2", format: "json" });
    expect([code, err]).toEqual([0, ""]);
    expect(JSON.parse(out)).toMatchObject({ accounting: { received: 600 } });
    expect(await store.server.sql("SELECT count(*) FROM entry", store.database)).toBe("0");
  });

  it("of a user who only reads says what it cannot count, and reports the rest", async () => {
    const store = await openPostgres();
    const { server, database } = store;
    await server.sql("CREATE ROLE auditor LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO auditor", database);
    const url = server.url(database).replace("postgres@", "auditor@");
    await commitAll(store.writer);
    const options = { store: url, candidate: "v2", format: "json" } as const;
    expect((await report(options)).err).toBe("");
    await store.replica.commit(RUN.id, [{ ...(BATCHES[0] as ResultBatch), id: "left" }]);
    await store.replica.close();
    await kill(store);
    const { code, out, err } = await report(options);
    expect([code, (JSON.parse(out) as { accounting: object }).accounting]).toMatchObject([0, { received: 600 }]);
    expect(err).toMatch(
      /^replicas that have ended left entries \(1\) that are not counted, because this user cannot write: permission denied for .*\n$/,
    );
  });

  it("says in one line why a database cannot be read, without its password", async () => {
    const { server, database } = await openPostgres();
    const port = await freePort();
    const urls = {
      [`postgres://ann:secret@127.0.0.1:${port}/db`]: /connection refused/,
      [server.url("nowhere").replace("postgres@", "postgres:secret@")]: /database "nowhere" does not exist/,
      [server.url(database, { schema: "other" }).replace("postgres@", "postgres:secret@")]:
        /no run has been stored yet/,
    };
    for (const [url, reason] of Object.entries(urls)) {
      const { code, out, err } = await report({ store: url });
      expect([code, out]).toEqual([2, ""]);
      expect(err).toMatch(reason);
      expect(err.startsWith(`cannot open store ${url.replace(":secret", "")}: `)).toBe(true);
      expect([err.split("\n").length, err.includes("secret")]).toEqual([2, false]);
    }
  });
});
