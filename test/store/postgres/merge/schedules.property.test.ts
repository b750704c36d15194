import * as fc from "fast-check";
import { expect, it } from "vitest";
import { SLOTS_PER_MINUTE } from "../../../../src/lib/time-slots.ts";
import type { PostgresSession } from "../../../../src/store/postgres/connect/connection.ts";
import type { LogEntry } from "../../../../src/store/postgres/entry-payload.ts";
import type { Merger } from "../../../../src/store/postgres/merge/merger.ts";
import { batch, field, MINUTE, outcome, received, RUN, SLOT } from "../../store-fixture.ts";
import { CountModel, Sums } from "./count-model.ts";
import { type Failure, failingSession } from "./failing-session.ts";
import { createMerger, mergeAll, type MergeDatabase, type Replica, mergeServer } from "./merge-database.ts";

const serverOf = mergeServer();

const MINUTES_PER_DAY = 1_440;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const FIRST_DAY = Math.floor(MINUTE / MINUTES_PER_DAY);
const REPLICAS = 3;
const MERGERS = 2;
const DAYS = 4;

type Operation =
  | { readonly type: "append"; readonly replica: number; readonly thread: number; readonly parts: readonly Exchanges[] }
  | { readonly type: "interrupt"; readonly replica: number; readonly thread: number }
  | { readonly type: "follow"; readonly replica: number }
  | { readonly type: "silent"; readonly replica: number }
  | { readonly type: "merge"; readonly merger: number; readonly failure: Failure | null }
  | { readonly type: "retain"; readonly day: number }
  | { readonly type: "race"; readonly parts: readonly Exchanges[] };

interface Exchanges {
  readonly day: number;
  readonly endpoint: number;
  readonly differs: boolean;
  readonly finished: number;
  readonly inFlight: number;
}

const NOTHING: Exchanges = { day: 0, endpoint: 0, differs: false, finished: 0, inFlight: 0 };

const replica = fc.nat(REPLICAS - 1);
const thread = fc.nat(1);
const parts = fc.array(
  fc.record({
    day: fc.nat(DAYS - 1),
    endpoint: fc.nat(6),
    differs: fc.boolean(),
    finished: fc.integer({ min: 1, max: 1_000 }),
    inFlight: fc.integer({ min: -3, max: 3 }),
  }),
  { minLength: 1, maxLength: 4 },
);
const failure = fc.option(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ type: fc.constant("killed" as const), statement: fc.nat(40) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("answer-lost" as const) }) },
  ),
);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant("append" as const), replica, thread, parts }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("interrupt" as const), replica, thread }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("follow" as const), replica }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("silent" as const), replica }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant("merge" as const), merger: fc.nat(MERGERS - 1), failure }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("retain" as const), day: fc.nat(DAYS - 1) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("race" as const), parts }) },
);

/** Executes the operations on the database and on the model. */
class Schedule {
  readonly #model = new CountModel();
  readonly #database: MergeDatabase;
  readonly #runs: readonly [number, number];
  readonly #replicas: readonly Replica[];
  readonly #mergers: { readonly merger: Merger; session: PostgresSession }[];
  readonly #followed = new Set<number>();
  #batches = 0;

  private constructor(
    database: MergeDatabase,
    runs: readonly [number, number],
    replicas: readonly Replica[],
    sessions: readonly PostgresSession[],
  ) {
    this.#database = database;
    this.#runs = runs;
    this.#replicas = replicas;
    const retention = { maxAgeMs: 0, maxBytes: 1e12 };
    this.#mergers = sessions.map((session) => ({ merger: createMerger({ retention }), session }));
  }

  static async begin(database: MergeDatabase): Promise<Schedule> {
    const first = await database.beginRun({ ...RUN, startedAt: Number.MAX_SAFE_INTEGER });
    const second = await database.beginRun({ ...RUN, id: "next", startedAt: Number.MAX_SAFE_INTEGER });
    const replicas = await Promise.all(["a", "b", "c"].map((id) => database.addReplica(id)));
    const sessions = await Promise.all([database.openSession(), database.openSession()]);
    const schedule = new Schedule(database, [first, second], replicas, sessions);
    await schedule.#provideDays();
    return schedule;
  }

  /** Later merges fail while they count, rather than while they create tables. */
  async #provideDays(): Promise<void> {
    const everyDay = Array.from({ length: DAYS }, (_, day) => ({ ...NOTHING, day, finished: 1 }));
    await this.#append(0, this.#batch(0, everyDay));
    await this.#merge(0, null);
  }

  async execute(operation: Operation): Promise<void> {
    switch (operation.type) {
      case "append":
        return this.#append(operation.replica, this.#batch(operation.thread, operation.parts));
      case "interrupt":
        return this.#append(operation.replica, { kind: "interrupt", proxyThread: `t${operation.thread}` });
      case "follow":
        return this.#follow(operation.replica);
      case "silent":
        this.#model.fallSilent(operation.replica);
        return this.#replicas[operation.replica]?.fallSilent();
      case "merge":
        return this.#merge(operation.merger, operation.failure);
      case "retain":
        return this.#retain(FIRST_DAY + operation.day);
      case "race":
        return this.#race(operation.parts);
    }
  }

  /** What the database and the model have counted. */
  async counts() {
    const stored = { outcomes: new Sums(), fates: new Sums() };
    const tallies = await this.#database.rows(
      `SELECT minute, tally.run_key, name, fields, count FROM tally
       JOIN outcome_set ON outcome_set.run_key = tally.run_key AND outcome_set.key = set_key
       JOIN endpoint ON endpoint.run_key = tally.run_key AND endpoint.key = endpoint_key`,
    );
    for (const [minute, run, name, fields, count] of tallies)
      stored.outcomes.add([minute, run, name, fields], count as number);
    const fates = await this.#database.rows("SELECT minute, run_key, fate, count FROM accounting");
    for (const [minute, run, fate, count] of fates) stored.fates.add([minute, run, fate], count as number);
    const wrong = await this.#database.rows(
      `SELECT run_key, set_key, total, minutes FROM (SELECT run_key, set_key, count AS total FROM tally_total) AS totals
       FULL JOIN (SELECT run_key, set_key, sum(count) AS minutes FROM tally GROUP BY run_key, set_key) AS sums
         USING (run_key, set_key) WHERE total IS DISTINCT FROM minutes`,
    );
    const waiting = await this.#database.rows("SELECT count(*) FROM entry");
    return {
      stored: { outcomes: stored.outcomes.sorted(), fates: stored.fates.sorted(), wrong, waiting },
      model: {
        outcomes: this.#model.outcomes.sorted(),
        fates: this.#model.fates.sorted(),
        wrong: [],
        waiting: [[this.#model.pending.length]],
      },
    };
  }

  async #append(index: number, entry: LogEntry): Promise<void> {
    const run = this.#runs[this.#followed.has(index) ? 1 : 0];
    await this.#replicas[index]?.append(run, entry);
    this.#model.append(run, index, entry);
  }

  async #follow(index: number): Promise<void> {
    if (this.#followed.has(index)) return;
    await this.#append(index, { kind: "carry-over", successorKey: this.#runs[1] });
    this.#followed.add(index);
  }

  async #merge(index: number, failed: Failure | null): Promise<void> {
    const own = this.#mergers[index];
    if (own === undefined) return;
    if (failed === null) {
      await mergeAll(own.merger, own.session);
      this.#model.merge();
      return;
    }
    const { session } = failingSession(own.session, this.#database.session, failed);
    const isMerged = await own.merger.mergeOnce(session).then(
      () => true,
      () => failed.type === "answer-lost",
    );
    if (isMerged) this.#model.merge();
    own.session = await this.#database.openSession();
  }

  /** An hour and more after the end of the day before. */
  async #retain(day: number): Promise<void> {
    const now = day * DAY_MS + 2 * HOUR_MS;
    for (let hasMore = true; hasMore;)
      hasMore = (await this.#mergers[0]?.merger.applyRetention(this.#database.session, now)) ?? false;
    this.#model.retain(day);
  }

  /** Replicas append and both mergers merge at the same time. */
  async #race(exchanges: readonly Exchanges[]): Promise<void> {
    const merges = this.#mergers.map(({ merger, session }) => merger.mergeOnce(session));
    for (const index of this.#replicas.keys()) await this.#append(index, this.#batch(0, exchanges));
    await Promise.all(merges);
    await this.#merge(1, null);
  }

  #batch(number: number, exchanges: readonly Exchanges[]): LogEntry {
    this.#batches += 1;
    const batches = exchanges.map((each, at) => {
      const minute = MINUTE + each.day * MINUTES_PER_DAY + each.endpoint;
      const { finished, inFlight } = each;
      return batch(`t${number}/${this.#batches}-${at}`, {
        accounting: [
          received(finished + inFlight, { minute }),
          received(finished, { minute, fate: "mirrored" }),
          received(inFlight, { minute, fate: "inFlight" }),
        ],
        outcomes: [
          outcome({
            slot: SLOT + (minute - MINUTE) * SLOTS_PER_MINUTE,
            endpoint: `GET /${each.endpoint}`,
            fields: each.differs ? [field("$.total")] : [],
            count: finished,
          }),
        ],
      });
    });
    return { kind: "counts", batches };
  }
}

it("counts are equal to a model in memory after every step of any schedule of appends, merges, crashes and retention", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 4, maxLength: 14 }), async (operations) => {
      const database = await serverOf().createDatabase();
      try {
        const schedule = await Schedule.begin(database);
        for (const each of [...operations, { type: "merge", merger: 0, failure: null } as const]) {
          await schedule.execute(each);
          const { stored, model } = await schedule.counts();
          expect(stored).toEqual(model);
        }
      } finally {
        database.close();
      }
    }),
    // A schedule takes too long to be shrunk; its seed and path repeat it.
    { numRuns: 10, endOnFailure: true },
  );
});
