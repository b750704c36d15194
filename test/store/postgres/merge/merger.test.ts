import { describe, expect, it } from "vitest";
import type { ResultBatch } from "../../../../src/model/batch.ts";
import type { Sample } from "../../../../src/model/sample.ts";
import type { LogEntry } from "../../../../src/store/postgres/entry-payload.ts";
import { selectLastOptions } from "../../../../src/store/postgres/merge/merger-options.ts";
import { decodeText } from "../../../../src/store/postgres/text-encoding.ts";
import { batch, field, leg, NOON, OPTIONS, outcome, RUN, sample, SLOT } from "../../store-fixture.ts";
import { inSqlite } from "./counts-in-sqlite.ts";
import { createMerger, mergeAll, type MergeDatabase, mergeDatabase } from "./merge-database.ts";
import { randomBatch, randomIntegers } from "./random-batches.ts";

const databaseOf = mergeDatabase();

const configuredEndpoints = (): readonly string[] => ["GET /a/{b}"];

describe("a merge", () => {
  it("counts what SQLite counts of the same batches of three replicas, over many merges of two processes", async () => {
    const database = databaseOf();
    const run = await database.beginRun();
    const replicas = [await database.addReplica("a"), await database.addReplica("b"), await database.addReplica("c")];
    const one = { merger: createMerger(), session: await database.openSession() };
    const other = { merger: createMerger(), session: await database.openSession() };
    const random = randomIntegers(7);
    const all: ResultBatch[] = [];
    for (let round = 0; round < 24; round += 1) {
      for (const [index, replica] of replicas.entries()) {
        const options = { endpoints: 4, slots: 40 * (round + 1) * (round + 1), exchanges: 12 };
        const batches = [0, 1].map((at) => randomBatch(`thread-${index}/${round}-${at}`, random, options));
        await replica.append(run, { kind: "counts", batches });
        all.push(...batches);
      }
      const { merger, session } = Math.floor(round / 3) % 2 === 0 ? one : other;
      await mergeAll(merger, session);
    }
    const [postgres, sqlite] = [await database.counts(), await inSqlite(all)];
    expect(Object.entries(sqlite).flatMap(([name, rows]) => (rows.length === 0 ? name : []))).toEqual(["templates"]);
    expect(postgres).toEqual(sqlite);
  });
});

describe("several merges", () => {
  it("continue after another process has merged: no merger counts from what it knew before", async () => {
    const database = databaseOf();
    const run = await database.beginRun();
    const replica = await database.addReplica("a");
    const [one, other] = [createMerger(), createMerger()];
    const [session, second] = [await database.openSession(), await database.openSession()];
    for (const [at, [merger, own]] of (
      [
        [one, session],
        [other, second],
        [one, session],
        [other, second],
      ] as const
    ).entries()) {
      const fields = [field("$.total")];
      await replica.append(
        run,
        counts(`t/${at}`, {
          outcomes: [outcome({ fields, count: 10 ** at }), outcome({ endpoint: `GET /${at % 2}` })],
        }),
      );
      await mergeAll(merger, own);
    }
    expect(await database.rows("SELECT name, count(*) FROM endpoint GROUP BY name ORDER BY name")).toEqual([
      ["GET /0", 1],
      ["GET /1", 1],
      ["GET /users/{id}", 1],
    ]);
    expect(
      await database.rows(
        "SELECT fields, count FROM tally_total JOIN outcome_set ON key = set_key WHERE fields <> '[]'",
      ),
    ).toEqual([['[["body","$.total","value","raw"]]', 1_111]]);
  });

  it("are done by one process at a time", async () => {
    const database = databaseOf();
    const run = await database.beginRun();
    const replica = await database.addReplica("a");
    await replica.append(run, counts("t/1", { outcomes: [outcome()] }));
    const holder = await database.openSession();
    await holder.query("BEGIN; SELECT pg_advisory_xact_lock(1397048401, hashtext(current_schema()))");
    const merger = createMerger();
    expect(await merger.mergeOnce(database.session)).toBe("busy");
    expect(await merger.applyRetention(database.session, Date.now())).toBe(false);
    await holder.query("ROLLBACK");
    expect(await merger.mergeOnce(database.session)).toEqual({ merged: 1, entriesLeft: false, lostExchanges: 0 });
  });

  it("take a bounded number of entries, of all replicas in turns", async () => {
    const database = databaseOf();
    const run = await database.beginRun();
    const [busy, calm] = [await database.addReplica("busy"), await database.addReplica("calm")];
    await busy.append(run, counts("t/1", { outcomes: [outcome()] }));
    await database.session.query(
      `INSERT INTO entry SELECT run_key, replica_key, sequence + step, kind, payload FROM entry, generate_series(1, 2500) AS step`,
    );
    await calm.append(run, counts("t/2", { outcomes: [outcome({ endpoint: "GET /calm" })] }));
    const merger = createMerger();
    expect(await merger.mergeOnce(database.session)).toEqual({ merged: 2_000, entriesLeft: true, lostExchanges: 0 });
    expect(await totals(database)).toEqual([
      ["GET /calm", 1],
      ["GET /users/{id}", 1_999],
    ]);
    expect(await merger.mergeOnce(database.session)).toEqual({ merged: 502, entriesLeft: false, lostExchanges: 0 });
    expect(await totals(database)).toEqual([
      ["GET /calm", 1],
      ["GET /users/{id}", 2_501],
    ]);
  });

  it("tell everyone that listens, and change nothing without entries", async () => {
    const database = databaseOf();
    const run = await database.beginRun();
    const replica = await database.addReplica("a");
    const heard: string[] = [];
    const listener = await database.openSession();
    listener.on("notification", ({ payload }) => heard.push(payload ?? ""));
    await listener.query("LISTEN shadowdiff");
    const merger = createMerger({ replicaKey: replica.key });
    await merger.mergeOnce(database.session);
    await replica.append(run, counts("t/1", { outcomes: [outcome()] }));
    await merger.mergeOnce(database.session);
    await merger.mergeOnce(database.session);
    await listener.query("SELECT 1");
    expect(heard).toEqual(['{"merge":1}']);
    expect(await database.rows("SELECT version, merger FROM merge_state")).toEqual([[1, replica.key]]);
  });

  it("count in any number of runs", async () => {
    const database = databaseOf();
    const replica = await database.addReplica("a");
    const runs: number[] = [];
    for (let at = 0; at < 5; at += 1) runs.push(await database.beginRun({ ...RUN, id: `run-${at}` }));
    const merger = createMerger();
    for (const at of [1, 2]) {
      for (const run of runs) {
        await replica.append(
          run,
          counts(`t/${run}-${at}`, { outcomes: [outcome(), outcome({ endpoint: `GET /${at}` })] }),
        );
        await mergeAll(merger, database.session);
      }
    }
    expect(
      await database.rows("SELECT run_key, count(*), sum(count) FROM tally_total GROUP BY run_key ORDER BY 1"),
    ).toEqual(runs.map((run) => [run, 3, 4]));
  });

  it("leave their limits to a command that merges what is left", async () => {
    const database = databaseOf();
    const run = await database.beginRun();
    const replica = await database.addReplica("a");
    expect(await selectLastOptions(database.session)).toBeUndefined();
    await replica.append(run, counts("t/1", { outcomes: [outcome()] }));
    await createMerger({ replicaKey: replica.key, maxEndpoints: 7, configuredEndpoints }).mergeOnce(database.session);
    const options = await selectLastOptions(database.session);
    expect(options).toMatchObject({ ...OPTIONS, maxEndpoints: 7, replicaKey: null });
    expect(options?.configuredEndpoints?.()).toEqual(["GET /a/{b}"]);
  });
});

describe("limits", () => {
  it("on samples hold for all replicas together", async () => {
    const database = databaseOf();
    const run = await database.beginRun();
    const replicas = [await database.addReplica("a"), await database.addReplica("b"), await database.addReplica("c")];
    const mergers = [createMerger(), createMerger()];
    const all: ResultBatch[] = [];
    for (let round = 0; round < 10; round += 1) {
      for (const [index, replica] of replicas.entries()) {
        const samples = [0, 1, 2].map((at) =>
          sizedSample(`${index}-${round}-${at}`, (round * 31 + index * 7 + at * 3) % 97),
        );
        const batches = [batch(`t${index}/${round}`, { samples })];
        all.push(...batches);
        await replica.append(run, { kind: "counts", batches });
      }
      await mergeAll(mergers[round % 2] ?? createMerger(), database.session);
    }
    const { samples } = await database.counts();
    // The first, the last, the smallest, and a reservoir of two; some are the same exchange.
    expect(samples.length).toBeLessThanOrEqual(5);
    expect(samples).toEqual((await inSqlite(all)).samples);
    expect(
      await database.rows("SELECT count(*) FROM sample_leg WHERE sample_key NOT IN (SELECT key FROM sample)"),
    ).toEqual([[0]]);
  });

  it("on endpoints, sets and templates give what SQLite gives", async () => {
    const database = databaseOf();
    const run = await database.beginRun();
    const replica = await database.addReplica("a");
    const limits = { maxEndpoints: 12, maxSegmentValues: 5, maxDifferenceSets: 3 };
    const merger = createMerger(limits);
    const all: ResultBatch[] = [];
    for (let round = 0; round < 12; round += 1) {
      const outcomes = [0, 1, 2].flatMap((at) => [
        outcome({ endpoint: `GET /repos/r${round * 3 + at}/issues`, count: round + 1 }),
        outcome({ endpoint: `GET /e${at}`, fields: [field(`$.f${round}`)], count: 2 }),
        outcome({ endpoint: `POST /other${round * 3 + at}` }),
      ]);
      const batches = [batch(`t/${round}`, { outcomes })];
      all.push(...batches);
      await replica.append(run, { kind: "counts", batches });
      await mergeAll(merger, database.session);
    }
    const stored = await database.counts();
    expect(stored).toEqual(await inSqlite(all, limits));
    expect(stored.templates).toHaveLength(2);
    // Others load the template with this change.
    expect(await database.rows("SELECT change > 0 FROM shared_state")).toEqual([[true]]);
  });

  it("do not end with the last merger: the next one knows what is full", async () => {
    const database = databaseOf();
    const run = await database.beginRun();
    const replica = await database.addReplica("a");
    for (let at = 0; at < 6; at += 1) {
      await replica.append(run, counts(`t/${at}`, { outcomes: [outcome({ fields: [field(`$.f${at}`)] })] }));
      await mergeAll(createMerger({ maxDifferenceSets: 2 }), database.session);
    }
    expect(
      await database.rows(
        "SELECT beyond_cap, sum(count) FROM tally_total JOIN outcome_set ON key = set_key GROUP BY beyond_cap ORDER BY 1",
      ),
    ).toEqual([
      [false, 2],
      [true, 4],
    ]);
  });
});

describe("text that PostgreSQL does not store", () => {
  it("is counted under its own name, and found again by the next merger", async () => {
    const database = databaseOf();
    const run = await database.beginRun();
    const replica = await database.addReplica("a");
    const odd = "GET /a\0b\uD800";
    const place = { endpoint: odd, candidate: "v2", route: "default" };
    const fields = [field("$['\0']")];
    for (const at of [1, 2]) {
      await replica.append(
        run,
        counts(`t/${at}`, {
          outcomes: [outcome({ endpoint: odd, fields, queries: new Map([["q\uDC00", 1]]) })],
          relations: [{ ...place, section: "body", path: "$['\0']", kind: "value", relation: "rounding", count: 1 }],
          failures: [{ ...place, role: "candidate", kind: "refused", reason: "\0", address: "\uD800", count: 1 }],
          features: [
            {
              ...place,
              slot: SLOT,
              section: "body",
              path: "\0",
              feature: "\uD800",
              candidateOnly: 1,
              secondaryOnly: 0,
            },
          ],
          samples: [sample(`s\0${at}`, { endpoint: odd, target: "/a\0b\uD800", fields })],
        }),
      );
      await mergeAll(createMerger(), database.session);
    }
    const names = await database.rows("SELECT name FROM endpoint");
    expect(names.map(([name]) => decodeText(name as string))).toEqual([odd]);
    expect(await database.rows("SELECT count FROM tally_total")).toEqual([[2]]);
    expect(await database.rows("SELECT count FROM relation")).toEqual([[2]]);
    expect(await database.rows("SELECT count FROM failure")).toEqual([[2]]);
    expect(await database.rows("SELECT count(*) FROM feature")).toEqual([[1]]);
    const targets = await database.rows("SELECT DISTINCT target FROM sample");
    expect(targets.map(([target]) => decodeText(target as string))).toEqual(["/a\0b\uD800"]);
  });
});

function counts(id: string, parts: Partial<ResultBatch>): LogEntry {
  return { kind: "counts", batches: [batch(id, parts)] };
}

function totals(database: MergeDatabase): Promise<unknown[][]> {
  return database.rows(
    `SELECT name, sum(count) FROM tally_total JOIN outcome_set ON outcome_set.key = set_key
     JOIN endpoint ON endpoint.key = endpoint_key GROUP BY name ORDER BY name`,
  );
}

/** A sample whose arrival and size are its own. */
function sizedSample(id: string, rank: number): Sample {
  const primary = leg("v1");
  const legs = {
    primary: { ...primary, body: { ...primary.body, length: 1_000 - rank } },
    candidate: leg("v2"),
    secondary: null,
  };
  return sample(id, { at: NOON + rank * 10, legs });
}
