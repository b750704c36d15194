import { mkdirSync, readFileSync, renameSync, rmdirSync, writeFileSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { describe, expect, it } from "vitest";
import type { DeniedField, Review } from "../../src/model/review.ts";
import type { Rule } from "../../src/model/rule.ts";
import type { Run } from "../../src/model/run.ts";
import type { StoreEdit, StoreWriter } from "../../src/store/store.ts";
import { Committer } from "../../src/store/committer.ts";
import { openSqliteReader } from "../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../src/store/sqlite/write/sqlite-writer.ts";
import { batch, flat, MINUTE, NOON, OPTIONS, outcome, received, RUN } from "./store-fixture.ts";
import { newPath } from "./new-path.ts";

const UNIT = batch("", {
  outcomes: [outcome({ count: 2 })],
  accounting: [received(2), received(2, { fate: "mirrored" })],
});

/** A committer on a real file with a manual clock, and the events that it emits. */
function makeCommitter(path: string, open: () => StoreWriter = () => openSqliteWriter(path, OPTIONS)) {
  const events: unknown[] = [];
  const rules: (readonly Rule[])[] = [];
  const denied: (readonly DeniedField[])[] = [];
  let now = 0;
  let id = 0;
  const committer = new Committer<string>({
    run: RUN,
    open,
    now: () => now,
    wallClock: () => NOON,
    onSettled: (sender, ids) => events.push([sender, ...ids]),
    onStateChange: (error) => events.push(error),
    onRulesChange(stored) {
      rules.push(stored.rules);
      denied.push(stored.denied);
    },
    onCommit: (batches) => events.push({ batches }),
    onFailure: () => events.push("failed"),
    onLoss: (exchanges) => events.push({ lost: exchanges }),
    onImbalance: (candidate, requests) => events.push({ candidate, requests }),
    onFileLost: (loss) => events.push(loss),
  });
  return {
    committer,
    denied,
    add: (sender: string, times = 1) => {
      for (let time = 0; time < times; time += 1) committer.add({ ...UNIT, id: `${(id += 1)}` }, sender);
    },
    /** Advances the clock and runs a tick. @returns the events of this tick */
    tick: (ms = 250): unknown[] => {
      now += ms;
      events.length = 0;
      committer.tick();
      return [...events];
    },
    events,
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
  it("commits all pending batches in one transaction and acknowledges each sender its own batches", () => {
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

  it("commits without waiting for the tick when 500 batches are pending", () => {
    const path = newPath();
    const { add, events, committer } = makeCommitter(path);
    add("a", 499);
    expect([committer.pending, events]).toEqual([499, []]);
    add("a");
    expect(committer.pending).toBe(0);
    expect(countIn(path)).toEqual([1000]);
  });

  it("acknowledges a batch that is delivered twice, and counts it once", () => {
    const path = newPath();
    const { committer, tick } = makeCommitter(path);
    committer.add({ ...UNIT, id: "x" }, "a");
    tick();
    committer.add({ ...UNIT, id: "x" }, "b");
    expect(tick()).toEqual([{ batches: 1 }, ["b", "x"]]);
    expect(countIn(path)).toEqual([2]);
  });

  it("retries with backoff to open the database, then commits every batch once", () => {
    const path = newPath();
    mkdirSync(path);
    const { add, tick, committer } = makeCommitter(path);
    add("a", 2);
    const message = `cannot open the database ${path}: it is a directory`;
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

  it("reports the same error once, and does not commit during the retry delay, however many batches arrive", () => {
    const path = newPath();
    mkdirSync(path);
    const { add, tick, events, committer } = makeCommitter(path);
    tick();
    events.length = 0;
    add("a", 600);
    expect(events).toEqual([]);
    expect(tick()).toEqual(["failed"]);
    expect(committer.pending).toBe(600);
    rmdirSync(path);
    expect(tick(5_000)).toEqual([{ batches: 500 }, expect.any(Array), { batches: 100 }, expect.any(Array), null]);
  });

  it("commits after another process has released its lock", () => {
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

  it("creates a new file when the database was moved, with its log left behind and a reader still open", () => {
    const path = newPath();
    const { add, tick } = makeCommitter(path);
    add("a");
    tick();
    const reader = openSqliteReader(path);
    expect(reader.runs()).toEqual([RUN]);
    renameSync(path, `${path}.old`);
    add("a");
    const message = `the database ${path} was moved, deleted or replaced`;
    expect(tick()).toEqual([{ lost: 2 }, { requests: 2, exchanges: 2 }, { batches: 1 }, ["a", "2"]]);
    expect(() => reader.runs()).toThrow(message);
    reader.close();
    add("a");
    tick();
    expect(countIn(path)).toEqual([4]);
  });

  it("loses only the batch with invalid data, and counts its exchanges as lost", () => {
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

  it("commits pending batches on close, even during the retry delay", () => {
    const path = newPath();
    mkdirSync(path);
    const { add, tick, committer, events } = makeCommitter(path);
    tick();
    add("a");
    rmdirSync(path);
    events.length = 0;
    committer.close();
    expect(events).toEqual([{ batches: 1 }, ["a", "1"], null]);
    expect(countIn(path)).toEqual([2]);
  });

  it("counts batches that cannot be committed on close as lost", () => {
    const path = newPath();
    mkdirSync(path);
    const { add, committer, events } = makeCommitter(path);
    add("a", 3);
    committer.close();
    expect(events).toEqual(["failed", expect.any(String), { lost: 6 }]);
  });

  it("writes an updated run with the next tick and continues to count into it", () => {
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

  it("applies retention first, every minute, and with the next tick while there is more to delete", () => {
    const path = newPath();
    const retained: number[] = [];
    const results = [true, true, false, false];
    const { tick } = makeCommitter(path, () => {
      const writer = openSqliteWriter(path, OPTIONS);
      return {
        beginRun: (run) => writer.beginRun(run),
        endAbandonedRuns: (now) => writer.endAbandonedRuns(now),
        updateRun: (run) => writer.updateRun(run),
        commit: (run, batches) => writer.commit(run, batches),
        applyRetention(now) {
          retained.push(now);
          return results.shift() ?? false;
        },
        interrupt: (run, thread) => writer.interrupt(run, thread),
        forget: (run, minute, counts) => writer.forget(run, minute, counts),
        verify: () => writer.verify(),
        edit: (edit) => writer.edit(edit),
        rules: () => writer.rules(),
        reviews: () => writer.reviews(),
        templates: () => writer.templates(),
        endRun: (run, at, successor) => writer.endRun(run, at, successor),
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
const ADD_RULE: StoreEdit = { type: "add-rule", rule: RULE, audit: { at: NOON, by: "127.0.0.1", what: "added" } };

describe("edits and runs", () => {
  it("writes an edit immediately, also before the first tick, and publishes the new rules", () => {
    const path = newPath();
    const { committer, rules } = makeCommitter(path);
    expect(committer.edit(ADD_RULE)).toBe(null);
    expect(rules).toEqual([[], [RULE]]);
    expect(committer.edit({ ...ADD_RULE, type: "remove-rule", id: "rule-1" })).toBe(null);
    expect(rules).toEqual([[], [RULE], []]);
  });

  it("publishes the fields of denied causes, and not those of accepted ones", () => {
    const { committer, denied } = makeCommitter(newPath());
    const review: Review = {
      signature: "one",
      decision: "denied",
      endpoints: ["GET /a"],
      title: "body $.price (changed)",
      fields: [{ section: "body", path: "$.price", kind: "value", relation: "rounding" }],
      reason: "wrong",
      by: "ann",
      at: NOON,
      expiresAt: null,
    };
    const { audit } = ADD_RULE;
    expect(committer.edit({ type: "reviews", put: [review], remove: [], audit })).toBe(null);
    const accepted: Review = { ...review, signature: "two", decision: "accepted", endpoints: ["GET /b"] };
    expect(committer.edit({ type: "reviews", put: [accepted], remove: [], audit })).toBe(null);
    expect(denied).toEqual([[], [{ endpoint: "GET /a", section: "body", path: "$.price", kind: "value" }]]);
  });

  it("rejects an edit with the reason while the database is unavailable, and retries immediately with the next edit", () => {
    const path = newPath();
    mkdirSync(path);
    const { committer, events, rules } = makeCommitter(path);
    expect(committer.edit(ADD_RULE)).toContain(`cannot open the database ${path}: `);
    rmdirSync(path);
    // The clock has not advanced: an edit does not wait for the retry delay.
    expect(committer.edit(ADD_RULE)).toBe(null);
    expect(rules).toEqual([[], [RULE]]);
    expect(events.at(-1)).toBe(null);
  });

  it("commits pending batches to the run that ends, and later ones to the new run", () => {
    const path = newPath();
    const { committer, add, tick } = makeCommitter(path);
    const next: Run = { ...RUN, id: "next", startedAt: NOON + 9 };
    add("a");
    expect(committer.switchRun(next, NOON + 9)).toBe(null);
    add("a", 2);
    // An update of the run that has ended, from a reload in progress.
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

  it("ends the run of a killed process when the next process opens the database", () => {
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

  it("continues a run that could not be ended", () => {
    const path = newPath();
    mkdirSync(path);
    const { committer, add, tick } = makeCommitter(path);
    add("a");
    expect(committer.switchRun({ ...RUN, id: "next" }, NOON + 9)).toContain("cannot open the database");
    rmdirSync(path);
    tick();
    expect(countIn(path)).toEqual([2]);
  });
});

it("reports a corrupt database, and commits pending batches after it was moved away", () => {
  const path = newPath();
  openSqliteWriter(path, OPTIONS).close();
  writeFileSync(path, readFileSync(path).fill(0xa5, 100));
  const { add, tick, committer } = makeCommitter(path);
  add("a");
  expect(tick()).toEqual(["failed", `cannot open the database ${path}: the database is damaged`]);
  expect(committer.pending).toBe(1);
  renameSync(path, `${path}.damaged`);
  expect(tick()).toEqual([{ batches: 1 }, ["a", "1"], null]);
  expect(countIn(path)).toEqual([2]);
});
