import { mkdirSync, readFileSync, renameSync, rmdirSync, writeFileSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { describe, expect, it } from "vitest";
import type { LatencyPair } from "../../src/model/latency.ts";
import type { Rule } from "../../src/model/rule.ts";
import type { Run } from "../../src/model/run.ts";
import type { StoreEdit, StoreWriter } from "../../src/store/store.ts";
import { Committer } from "../../src/store/committer.ts";
import { openSqliteReader } from "../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../src/store/sqlite/write/sqlite-writer.ts";
import { batch, flat, MINUTE, NOON, OPTIONS, outcome, received, RUN } from "./store-fixture.ts";
import { newPath } from "./new-path.ts";

const UNIT = batch("", { outcomes: [outcome({ count: 2 })], accounting: [received(2)] });

/** A committer on a real file whose clock is moved by hand, and everything that it told. */
function makeCommitter(path: string, open: () => StoreWriter = () => openSqliteWriter(path, OPTIONS)) {
  const told: unknown[] = [];
  const rules: (readonly Rule[])[] = [];
  let now = 0;
  let id = 0;
  const committer = new Committer<string>({
    run: RUN,
    open,
    now: () => now,
    wallClock: () => NOON,
    settled: (sender, ids) => told.push([sender, ...ids]),
    state: (error) => told.push(error),
    rules: (all) => rules.push(all),
    committed: (batches) => told.push({ batches }),
    failed: () => told.push("failed"),
    lost: (exchanges) => told.push({ lost: exchanges }),
  });
  return {
    committer,
    add: (sender: string, times = 1) => {
      for (let time = 0; time < times; time += 1) committer.add({ ...UNIT, id: `${(id += 1)}` }, sender);
    },
    /** What was told in this step of time. */
    tick: (ms = 250): unknown[] => {
      now += ms;
      told.length = 0;
      committer.tick();
      return [...told];
    },
    told,
    rules,
  };
}

function countIn(path: string): number[] {
  const reader = openSqliteReader(path);
  const counts = flat(reader.outcomes(RUN.id, "v2")).map(({ count }) => count);
  reader.close();
  return counts;
}

describe("committer", () => {
  it("commits all that has come in one transaction, and tells each sender its own batches", () => {
    const path = newPath();
    const { add, tick, committer } = makeCommitter(path);
    expect(tick()).toEqual([null]);
    expect(tick()).toEqual([]);
    add("a");
    add("b");
    add("a");
    expect(committer.pending).toBe(3);
    expect(tick()).toEqual([{ batches: 3 }, ["a", "1", "3"], ["b", "2"]]);
    expect(committer.pending).toBe(0);
    expect(countIn(path)).toEqual([6]);
  });

  it("does not wait for the next tick when 500 batches have come", () => {
    const path = newPath();
    const { add, told, committer } = makeCommitter(path);
    add("a", 499);
    expect([committer.pending, told]).toEqual([499, []]);
    add("a");
    expect(committer.pending).toBe(0);
    expect(countIn(path)).toEqual([1000]);
  });

  it("settles again a batch that is sent again, and counts it once", () => {
    const path = newPath();
    const { committer, tick } = makeCommitter(path);
    committer.add({ ...UNIT, id: "x" }, "a");
    tick();
    committer.add({ ...UNIT, id: "x" }, "b");
    expect(tick()).toEqual([{ batches: 1 }, ["b", "x"]]);
    expect(countIn(path)).toEqual([2]);
  });

  it("keeps trying to open a path that cannot be opened, less often, and then commits everything once", () => {
    const path = newPath();
    mkdirSync(path);
    const { add, tick, committer } = makeCommitter(path);
    add("a", 2);
    const message = `cannot open the database ${path}: unable to open database file`;
    expect(tick()).toEqual(["failed", message]);
    const tries = Array.from({ length: 100 }, (_, at) => (tick().length > 0 ? (at + 1) * 250 : 0)).filter(
      (at) => at > 0,
    );
    expect(tries).toEqual([250, 750, 1750, 3750, 7750, 12_750, 17_750, 22_750]);
    expect(committer.pending).toBe(2);
    rmdirSync(path);
    expect(tick(5_000)).toEqual([{ batches: 2 }, ["a", "1", "2"], null]);
    expect(countIn(path)).toEqual([4]);
  });

  it("says the same trouble once, and does not commit before the delay is over, even when many batches come", () => {
    const path = newPath();
    mkdirSync(path);
    const { add, tick, told, committer } = makeCommitter(path);
    tick();
    told.length = 0;
    add("a", 600);
    expect(told).toEqual([]);
    expect(tick()).toEqual(["failed"]);
    expect(committer.pending).toBe(600);
    rmdirSync(path);
    expect(tick(5_000)).toEqual([{ batches: 500 }, expect.any(Array), { batches: 100 }, expect.any(Array), null]);
  });

  it("commits once the lock of another process is gone", () => {
    const path = newPath();
    const { add, tick } = makeCommitter(path);
    tick();
    const locker = new Sqlite(path);
    locker.exec("BEGIN IMMEDIATE");
    add("a");
    expect(tick()).toEqual(["failed", "database is locked"]);
    locker.exec("ROLLBACK");
    locker.close();
    expect(tick()).toEqual([{ batches: 1 }, ["a", "1"], null]);
    expect(countIn(path)).toEqual([2]);
  });

  it("starts a new file when the old one is moved away, with its log left behind and a reader still on it", () => {
    const path = newPath();
    const { add, tick } = makeCommitter(path);
    add("a");
    tick();
    const reader = openSqliteReader(path);
    expect(reader.runs()).toEqual([RUN]);
    renameSync(path, `${path}.old`);
    add("a");
    const message = `the database ${path} was moved, deleted or replaced`;
    expect(tick()).toEqual(["failed", message]);
    expect(tick()).toEqual([{ batches: 1 }, ["a", "2"], null]);
    expect(() => reader.runs()).toThrow(message);
    reader.close();
    add("a");
    tick();
    expect(countIn(path)).toEqual([4]);
  });

  it("loses only the batch whose data no database would take, and counts its exchanges as lost", () => {
    const path = newPath();
    const { add, committer, tick } = makeCommitter(path);
    add("a");
    const bad = { ...UNIT, id: "bad", accounting: [received("many" as unknown as number)] };
    committer.add(bad, "a");
    add("b");
    const [one] = [{ batches: 1 }];
    expect(tick()).toEqual([one, ["a", "1"], "failed", { lost: 2 }, ["a", "bad"], one, ["b", "2"], null]);
    expect(countIn(path)).toEqual([4]);
  });

  it("commits what is left when it is closed, even within a delay", () => {
    const path = newPath();
    mkdirSync(path);
    const { add, tick, committer, told } = makeCommitter(path);
    tick();
    add("a");
    rmdirSync(path);
    told.length = 0;
    committer.close();
    expect(told).toEqual([{ batches: 1 }, ["a", "1"], null]);
    expect(countIn(path)).toEqual([2]);
  });

  it("counts as lost what cannot be committed when it is closed", () => {
    const path = newPath();
    mkdirSync(path);
    const { add, committer, told } = makeCommitter(path);
    add("a", 3);
    committer.close();
    expect(told).toEqual(["failed", expect.any(String), { lost: 6 }]);
  });

  it("records a changed run with the next tick, and goes on counting into it", () => {
    const path = newPath();
    const { add, tick, committer } = makeCommitter(path);
    add("a");
    tick();
    const changed = { ...RUN, candidates: ["v2", "v9"], gate: { ...RUN.gate, minCompared: 7 } };
    committer.updateRun(changed);
    add("b");
    tick();
    const reader = openSqliteReader(path);
    expect(reader.runs()).toEqual([changed]);
    reader.close();
    expect(countIn(path)).toEqual([4]);
  });

  it("looks for what is too old at first, each minute, and again at once while there is more", () => {
    const path = newPath();
    const retained: number[] = [];
    const answers = [true, true, false, false];
    const { tick } = makeCommitter(path, () => {
      const writer = openSqliteWriter(path, OPTIONS);
      return {
        beginRun: (run) => writer.beginRun(run),
        endAbandonedRuns: (now) => writer.endAbandonedRuns(now),
        updateRun: (run) => writer.updateRun(run),
        commit: (run, batches) => writer.commit(run, batches),
        applyRetention(now) {
          retained.push(now);
          return answers.shift() ?? false;
        },
        edit: (edit) => writer.edit(edit),
        rules: () => writer.rules(),
        endRun: (run, at, successor) => writer.endRun(run, at, successor),
        flush: () => writer.flush(),
        close: () => writer.close(),
      };
    });
    for (let time = 0; time < 3; time += 1) tick();
    expect(retained).toEqual([NOON, NOON, NOON]);
    tick(59_999);
    expect(retained).toHaveLength(3);
    tick(1);
    expect(retained).toHaveLength(4);
  });
});

const RULE: Rule = {
  id: "rule-1",
  source: "dashboard",
  endpoint: "**",
  section: "body",
  path: "$.at",
  action: { type: "ignore" },
  owner: "",
  reason: "the clock",
  createdBy: "",
  createdAt: NOON,
  expiresAt: null,
};
const ADD_RULE: StoreEdit = { type: "add-rule", rule: RULE, audit: { at: NOON, by: "somebody", what: "added" } };

function pair(draw: number): LatencyPair {
  const place = { route: "default", endpoint: "GET /", candidate: "v2" };
  return { ...place, draw, primaryMs: 1, candidateMs: 2, secondaryMs: null };
}

describe("changes", () => {
  it("are written at once, also before the first tick, and the new rules are told", () => {
    const path = newPath();
    const { committer, rules } = makeCommitter(path);
    expect(committer.edit(ADD_RULE)).toBe(null);
    expect(rules).toEqual([[], [RULE]]);
    expect(committer.edit({ ...ADD_RULE, type: "remove-rule", id: "rule-1" })).toBe(null);
    expect(rules).toEqual([[], [RULE], []]);
  });

  it("are refused with the reason while the database cannot be used, and tried at once when they come again", () => {
    const path = newPath();
    mkdirSync(path);
    const { committer, told, rules } = makeCommitter(path);
    expect(committer.edit(ADD_RULE)).toContain(`cannot open the database ${path}: `);
    rmdirSync(path);
    // The clock stands still: nobody waits for the next attempt.
    expect(committer.edit(ADD_RULE)).toBe(null);
    expect(rules).toEqual([[], [RULE]]);
    expect(told.at(-1)).toBe(null);
  });

  it("a new run gets what comes from now on, and what came before belongs to the one that ends", () => {
    const path = newPath();
    const { committer, add, tick } = makeCommitter(path);
    const next: Run = { ...RUN, id: "next", startedAt: NOON + 9 };
    add("a");
    expect(committer.switchRun(next, NOON + 9)).toBe(null);
    add("a", 2);
    // Of a run that has ended: a reload that was under way.
    committer.updateRun({ ...RUN, primary: "v9" });
    tick();
    committer.close();
    const reader = openSqliteReader(path);
    const counts = (run: string) => flat(reader.outcomes(run, "v2")).map(({ count }) => count);
    expect([counts(RUN.id), counts("next")]).toEqual([[2], [4]]);
    expect(reader.runs().map(({ id, primary, endedAt }) => [id, primary, endedAt])).toEqual([
      ["next", "v1", NOON],
      [RUN.id, "v1", NOON + 9],
    ]);
    reader.close();
  });

  it("a run whose process was killed ends when the next process opens the database", () => {
    const path = newPath();
    const killed = openSqliteWriter(path, OPTIONS);
    killed.beginRun({ ...RUN, id: "killed", startedAt: NOON - 90_000 });
    killed.commit("killed", [batch("k", { accounting: [received(1, { minute: MINUTE - 2 })] })]);
    killed.close();
    const { tick } = makeCommitter(path);
    tick();
    const reader = openSqliteReader(path);
    expect(reader.runs().map(({ id, endedAt }) => [id, endedAt])).toEqual([
      [RUN.id, null],
      ["killed", NOON - 60_000],
    ]);
    reader.close();
  });

  it("a run that cannot be ended goes on with what has come", () => {
    const path = newPath();
    mkdirSync(path);
    const { committer, add, tick } = makeCommitter(path);
    add("a");
    expect(committer.switchRun({ ...RUN, id: "next" }, NOON + 9)).toContain("cannot open the database");
    rmdirSync(path);
    tick();
    expect(countIn(path)).toEqual([2]);
  });

  it("latency pairs are written once a second", () => {
    const path = newPath();
    const { committer, tick } = makeCommitter(path);
    const kept = (): number => {
      const reader = openSqliteReader(path);
      const pairs = reader.latencyPairs(RUN.id, "v2");
      reader.close();
      return (pairs[0]?.rows.length ?? 0) / 4;
    };
    tick();
    committer.add(batch("p1", { pairs: [pair(0.1)] }), "a");
    tick(250);
    expect(kept()).toBe(0);
    tick(750);
    expect(kept()).toBe(1);
    committer.add(batch("p2", { pairs: [pair(0.2)] }), "a");
    committer.close();
    expect(kept()).toBe(2);
  });
});

it("a damaged database is an error that is told, and what has come is committed once it is moved away", () => {
  const path = newPath();
  openSqliteWriter(path, OPTIONS).close();
  writeFileSync(path, readFileSync(path).fill(0xa5, 100));
  const { add, tick, committer } = makeCommitter(path);
  add("a");
  expect(tick()).toEqual(["failed", `cannot open the database ${path}: database disk image is malformed`]);
  expect(committer.pending).toBe(1);
  renameSync(path, `${path}.damaged`);
  expect(tick()).toEqual([{ batches: 1 }, ["a", "1"], null]);
  expect(countIn(path)).toEqual([2]);
});
