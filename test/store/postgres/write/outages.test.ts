import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import type { Run } from "../../../../src/model/run.ts";
import { Committer } from "../../../../src/store/committer.ts";
import { CommitMemory } from "../../../../src/store/postgres/write/commit-memory.ts";
import { openPostgresWriter } from "../../../../src/store/postgres/write/postgres-writer.ts";
import { startPostgres, type Postgres } from "../../../tools/start-postgres.ts";
import { batch, leg, OPTIONS, outcome, received, RUN, sample } from "../../store-fixture.ts";
import { postgresLocation } from "../postgres-session.ts";

const PATIENCE = { interval: 50 };
const DAY_MS = 86_400_000;
const servers: Postgres[] = [];
const running: StoreThread[] = [];

afterEach(async () => {
  for (const thread of running.splice(0)) await thread.end();
  for (const server of servers.splice(0)) await server.remove();
});

async function start(options: Parameters<typeof startPostgres>[0] = { isDurable: true }): Promise<Postgres> {
  const server = await startPostgres(options);
  servers.push(server);
  return server;
}

/** What the store thread of a replica does, with numbered batches of ten requests. */
class StoreThread {
  readonly states: (string | null)[] = [];
  readonly settled: string[] = [];
  readonly #committer: Committer<null>;
  readonly #timer: NodeJS.Timeout;
  #batches = 0;

  constructor(url: string, replica: string, run: Run = RUN) {
    const commits = new CommitMemory();
    this.#committer = new Committer<null>({
      run,
      open: () =>
        openPostgresWriter(postgresLocation(url), {
          ...OPTIONS,
          // The minutes of the batches are long ago.
          retention: { maxAgeMs: 10_000 * DAY_MS, maxBytes: 2 ** 40 },
          replica: { id: replica, name: replica },
          commits,
          onCommitsLost: () => expect.unreachable("nothing is lost"),
          load: () => ({ received: 7, uncommitted: 3, rate: 2.5 }),
          onMergeLoss: () => expect.unreachable("nothing is lost"),
          onMergeFailure: () => undefined,
        }),
      now: () => performance.now(),
      wallClock: () => Date.now(),
      onSettled: (_, ids) => this.settled.push(...ids),
      onStateChange: (error) => this.states.push(error),
      onRulesChange: () => undefined,
      onCommit: () => undefined,
      onFailure: () => undefined,
      onLoss: () => expect.unreachable("nothing is lost"),
      onImbalance: () => undefined,
      onFileLost: () => expect.unreachable("nothing is lost"),
    });
    this.#timer = setInterval(() => void this.#committer.tick(), 50);
    running.push(this);
  }

  get pending(): number {
    return this.#committer.pending;
  }

  get state(): string | null | undefined {
    return this.states.at(-1);
  }

  /** @param bytes of the body of a sample */
  send(bytes = 0): void {
    this.#batches += 1;
    const id = `a:0/${this.#batches}`;
    const body = new Uint8Array(bytes).map(() => Math.random() * 256);
    const samples =
      bytes === 0 ? [] : [sample(id, { legs: { primary: leg("v1", body), candidate: leg("v2"), secondary: null } })];
    this.#committer.add(batch(id, { accounting: [received(10)], outcomes: [outcome({ count: 10 })], samples }), null);
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#committer.close();
  }
}

/** Requests and comparisons, once everything is merged. */
async function counted(server: Postgres): Promise<string> {
  await expect.poll(() => server.sql("SELECT count(*) FROM entry"), PATIENCE).toBe("0");
  const requests = "SELECT sum(count) FROM accounting WHERE fate = 'received'";
  return server.sql(`SELECT (${requests}), (SELECT sum(count) FROM tally_total)`);
}

it("batches wait while the server is stopped, crashes and recovers, and each counts once", async () => {
  const server = await start();
  const thread = new StoreThread(server.url(), "a");
  let sent = 0;
  for (const mode of ["fast", "immediate", "immediate"] as const) {
    for (let count = 0; count < 10; count += 1, sent += 1) thread.send();
    await expect.poll(() => thread.settled.length, PATIENCE).toBe(sent);
    // The server ends while it commits.
    for (let count = 0; count < 10; count += 1, sent += 1) thread.send();
    await server.stop(mode);
    for (let count = 0; count < 10; count += 1, sent += 1) thread.send();
    await expect.poll(() => thread.state, PATIENCE).toMatch(/connection refused|stopping|lost|terminat/);
    await server.start();
    await expect.poll(() => thread.pending, PATIENCE).toBe(0);
    await expect.poll(() => thread.state, PATIENCE).toBeNull();
  }
  expect(new Set(thread.settled).size).toBe(sent);
  expect(await counted(server)).toBe(`${sent * 10}|${sent * 10}`);
});

it("a full disk of the server is named, and nothing is lost when it has room again", async () => {
  const server = await start({ diskBytes: 160 * 1024 * 1024, settings: { max_wal_size: "32MB", wal_recycle: "off" } });
  const thread = new StoreThread(server.url(), "a");
  thread.send();
  await expect.poll(() => thread.pending, PATIENCE).toBe(0);
  // All but a few blocks.
  const ballast = join(server.data, "ballast");
  const { bavail, bsize } = statfsSync(server.data);
  writeFileSync(ballast, Buffer.alloc(bavail * bsize - 8192));
  let sent = 1;
  for (; sent < 30; sent += 1) thread.send(200_000);
  await expect
    .poll(() => thread.state, PATIENCE)
    .toMatch(/disk of the database server is full|connection refused|starting/);
  rmSync(ballast);
  await server.stop("immediate");
  await server.start();
  await expect.poll(() => thread.pending, PATIENCE).toBe(0);
  expect(await counted(server)).toBe(`${sent * 10}|${sent * 10}`);
});

it("a standby is not written to, until it is promoted", async () => {
  const server = await start();
  const first = new StoreThread(server.url(), "a");
  first.send();
  await expect.poll(() => first.pending, PATIENCE).toBe(0);
  await first.end();
  running.pop();
  const standby = await server.startStandby();
  servers.push(standby);
  await server.stop("fast");
  const second = new StoreThread(standby.url(), "b", { ...RUN, id: "2026-11-20T10-30-00-ff00" });
  second.send();
  await expect.poll(() => second.state, PATIENCE).toContain("the database is read-only: it is a standby");
  await standby.promote();
  await expect.poll(() => second.pending, PATIENCE).toBe(0);
  expect(await counted(standby)).toBe("20|20");
});
