import { afterAll, beforeAll, expect, it } from "vitest";
import { CommitMemory, type LostCommits } from "../../../../src/store/postgres/write/commit-memory.ts";
import { openPostgresWriter } from "../../../../src/store/postgres/write/postgres-writer.ts";
import { StoreError } from "../../../../src/store/store-errors.ts";
import type { StoreWriter } from "../../../../src/store/store.ts";
import { startPostgres, type Postgres } from "../../../tools/start-postgres.ts";
import { batch, MINUTE, OPTIONS, outcome, received, RUN } from "../../store-fixture.ts";
import { postgresLocation } from "../postgres-session.ts";

let primary: Postgres;
let standby: Postgres;

beforeAll(async () => {
  primary = await startPostgres({ isDurable: true });
});

afterAll(async () => {
  await Promise.all([primary.remove(), standby.remove()]);
});

it("follows a failover to the other host, and counts as forgotten what the standby did not have", async () => {
  const database = await primary.createDatabase();
  const lost: LostCommits[] = [];
  const commits = new CommitMemory();
  let isStarted = false;
  async function open(): Promise<StoreWriter> {
    const hosts = [primary, ...(isStarted ? [standby] : [])].map(({ port }) => `127.0.0.1:${port}`).join(",");
    const writer = await openPostgresWriter(postgresLocation(`postgres://postgres@${hosts}/${database}`), {
      ...OPTIONS,
      replica: { id: "a", name: "host" },
      commits,
      onCommitsLost: (commits) => lost.push(commits),
      load: () => ({ received: 7, uncommitted: 3, rate: 2.5 }),
      onMergeLoss: () => expect.unreachable("nothing is lost"),
      onMergeFailure: () => undefined,
    });
    expect(await writer.beginRun(RUN)).toEqual(RUN);
    return writer;
  }
  const setUp = await open();
  standby = await primary.startStandby();
  isStarted = true;
  await setUp.commit(RUN.id, [batch("a:0/1", { accounting: [received(1)] })]);
  await setUp.close();

  const first = await open();
  const position = await primary.sql("SELECT pg_current_wal_lsn()", database);
  await expect.poll(() => standby.sql(`SELECT pg_last_wal_replay_lsn() >= '${position}'`, database)).toBe("t");
  // From now on, the standby is behind.
  await standby.sql("ALTER SYSTEM SET primary_conninfo = ''");
  await standby.sql("SELECT pg_reload_conf()");
  await expect.poll(() => primary.sql("SELECT count(*) FROM pg_stat_replication")).toBe("0");
  const inFlight = { minute: MINUTE, candidate: "v2", fate: "inFlight", reason: "", count: 2 } as const;
  await first.commit(RUN.id, [
    batch("a:0/2", { accounting: [received(7), inFlight], outcomes: [outcome({ count: 5 })] }),
  ]);
  await first.commit(RUN.id, [batch("a:0/3", { accounting: [received(10)] })]);
  await primary.stop("immediate");
  await standby.promote();
  await expect(first.commit(RUN.id, [batch("a:0/4", { accounting: [received(100)] })])).rejects.toBeInstanceOf(
    StoreError,
  );
  await first.close();

  const second = await open();
  expect(lost).toEqual([{ requests: new Map([["v2", 15]]), exchanges: 5 }]);
  await second.commit(RUN.id, [batch("a:0/4", { accounting: [received(100)] })]);
  const forgotten = "SELECT sum(count) FROM accounting WHERE fate = 'forgotten'";
  await expect.poll(() => standby.sql(forgotten, database)).toBe("15");
  await second.close();
  // Only once.
  const third = await open();
  expect(lost).toHaveLength(1);
  await third.close();
});
