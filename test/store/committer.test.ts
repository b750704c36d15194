import { setImmediate as nextTurn } from "node:timers/promises";
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
function makeCommitter(
  path: string,
  open = async (): Promise<StoreWriter> => openSqliteWriter(path, OPTIONS),
  onBegin?: (run: Run) => void,
) {
  const events: unknown[] = [];
  const rules: (readonly Rule[])[] = [];
  const denied: (readonly DeniedField[])[] = [];
  let now = 0;
  let id = 0;
  const committer = new Committer<string>({
    run: RUN,
    open,
    ...(onBegin !== undefined && { onBegin }),
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
    tick: async (ms = 250): Promise<unknown[]> => {
      now += ms;
      events.length = 0;
      await committer.tick();
      return [...events];
    },
    events,
    rules,
  };
}

/** A writer with some other methods. */
function withOverrides(writer: StoreWriter, overrides: Partial<StoreWriter>): StoreWriter {
  return new Proxy(writer, {
    get(target, name) {
      const method = overrides[name as keyof StoreWriter] ?? (Reflect.get(target, name) as unknown);
      return typeof method === "function" ? method.bind(target) : method;
    },
  });
}

/** A committer whose commits end when the test wants it, and what its writer was asked for. */
function makeSlowCommitter(path: string) {
  const calls: string[] = [];
  const held: (() => void)[] = [];
  const made = makeCommitter(path, async () => {
    const writer = openSqliteWriter(path, OPTIONS);
    return withOverrides(writer, {
      async commit(runId, batches) {
        calls.push(`commit ${batches.map(({ id }) => id).join(" ")} to ${runId}`);
        await new Promise<void>((resolve) => held.push(resolve));
        await writer.commit(runId, batches);
        calls.push("committed");
      },
      edit(edit) {
        calls.push(edit.type);
        return writer.edit(edit);
      },
      verify() {
        calls.push("tick");
        return writer.verify();
      },
      endRun(runId, ...others) {
        calls.push(`end ${runId}`);
        return writer.endRun(runId, ...others);
      },
      close() {
        calls.push("close");
        return writer.close();
      },
    });
  });
  /** Waits until a commit has begun. */
  const began = async (): Promise<void> => {
    while (held.length === 0) await nextTurn();
  };
  /** Ends the commit that has begun, or the next one. */
  const release = async (): Promise<void> => {
    await began();
    held.shift()?.();
  };
  return { ...made, calls, began, release };
}

async function countIn(path: string): Promise<number[]> {
  const reader = openSqliteReader(path);
  const counts = flat(await reader.outcomes(RUN.id, "v2")).map(({ count }) => count);
  await reader.close();
  return counts;
}

describe("committer", () => {
  it("commits all pending batches in one transaction and acknowledges each sender its own batches", async () => {
    const path = newPath();
    const { add, tick, committer } = makeCommitter(path);
    expect(await tick()).toEqual([null]);
    expect(await tick()).toEqual([]);
    add("a");
    add("b");
    add("a");
    expect(committer.pending).toBe(3);
    expect(await tick()).toEqual([{ batches: 3 }, ["a", "1", "3"], ["b", "2"]]);
    expect(committer.pending).toBe(0);
    expect(await countIn(path)).toEqual([6]);
  });

  it("commits without waiting for the tick when 500 batches are pending", async () => {
    const path = newPath();
    const { add, events, committer } = makeCommitter(path);
    add("a", 499);
    expect([committer.pending, events]).toEqual([499, []]);
    add("a");
    // Without a tick in between: an edit waits for what has begun before.
    expect(await committer.edit(ADD_RULE)).toBe(null);
    expect(committer.pending).toBe(0);
    expect(await countIn(path)).toEqual([1000]);
  });

  it("acknowledges a batch that is delivered twice, and counts it once", async () => {
    const path = newPath();
    const { committer, tick } = makeCommitter(path);
    committer.add({ ...UNIT, id: "x" }, "a");
    await tick();
    committer.add({ ...UNIT, id: "x" }, "b");
    expect(await tick()).toEqual([{ batches: 1 }, ["b", "x"]]);
    expect(await countIn(path)).toEqual([2]);
  });

  it("retries with backoff to open the database, then commits every batch once", async () => {
    const path = newPath();
    mkdirSync(path);
    const { add, tick, committer } = makeCommitter(path);
    add("a", 2);
    const message = `cannot open the database ${path}: it is a directory`;
    expect(await tick()).toEqual(["failed", message]);
    const tries: number[] = [];
    for (let ms = 250; ms <= 25_000; ms += 250) if ((await tick()).length > 0) tries.push(ms);
    expect(tries).toEqual([250, 750, 1750, 3750, 7750, 12_750, 17_750, 22_750]);
    expect(committer.pending).toBe(2);
    rmdirSync(path);
    expect(await tick(5_000)).toEqual([{ batches: 2 }, ["a", "1", "2"], null]);
    expect(await countIn(path)).toEqual([4]);
  });

  it("reports the same error once, and does not commit during the retry delay, however many batches arrive", async () => {
    const path = newPath();
    mkdirSync(path);
    const { add, tick, events, committer } = makeCommitter(path);
    await tick();
    events.length = 0;
    add("a", 600);
    expect(events).toEqual([]);
    expect(await tick()).toEqual(["failed"]);
    expect(committer.pending).toBe(600);
    rmdirSync(path);
    expect(await tick(5_000)).toEqual([{ batches: 500 }, expect.any(Array), { batches: 100 }, expect.any(Array), null]);
  });

  it("commits after another process has released its lock", async () => {
    const path = newPath();
    const { add, tick } = makeCommitter(path);
    await tick();
    const locker = new Sqlite(path);
    locker.exec("BEGIN IMMEDIATE");
    add("a");
    expect(await tick()).toEqual(["failed", "database is locked"]);
    locker.exec("ROLLBACK");
    locker.close();
    expect(await tick()).toEqual([{ batches: 1 }, ["a", "1"], null]);
    expect(await countIn(path)).toEqual([2]);
  });

  it("creates a new file when the database was moved, with its log left behind and a reader still open", async () => {
    const path = newPath();
    const { add, tick } = makeCommitter(path);
    add("a");
    await tick();
    const reader = openSqliteReader(path);
    expect(await reader.runs()).toEqual([RUN]);
    renameSync(path, `${path}.old`);
    add("a");
    const message = `the database ${path} was moved, deleted or replaced`;
    expect(await tick()).toEqual([{ lost: 2 }, { requests: 2, exchanges: 2 }, { batches: 1 }, ["a", "2"]]);
    await expect(reader.runs()).rejects.toThrow(message);
    await reader.close();
    add("a");
    await tick();
    expect(await countIn(path)).toEqual([4]);
  });

  it("loses only the batch with invalid data, and counts its exchanges as lost", async () => {
    const path = newPath();
    const { add, committer, tick } = makeCommitter(path);
    add("a");
    const bad = { ...UNIT, id: "bad", accounting: [received("many" as unknown as number)] };
    committer.add(bad, "a");
    add("b");
    const [one] = [{ batches: 1 }];
    expect(await tick()).toEqual([one, ["a", "1"], "failed", { lost: 2 }, ["a", "bad"], one, ["b", "2"], null]);
    expect(await countIn(path)).toEqual([4]);
  });

  it("commits pending batches on close, even during the retry delay", async () => {
    const path = newPath();
    mkdirSync(path);
    const { add, tick, committer, events } = makeCommitter(path);
    await tick();
    add("a");
    rmdirSync(path);
    events.length = 0;
    await committer.close();
    expect(events).toEqual([{ batches: 1 }, ["a", "1"], null]);
    expect(await countIn(path)).toEqual([2]);
  });

  it("counts batches that cannot be committed on close as lost", async () => {
    const path = newPath();
    mkdirSync(path);
    const { add, committer, events } = makeCommitter(path);
    add("a", 3);
    await committer.close();
    expect(events).toEqual(["failed", expect.any(String), { lost: 6 }]);
  });

  it("writes an updated run with the next tick and continues to count into it", async () => {
    const path = newPath();
    const { add, tick, committer } = makeCommitter(path);
    add("a");
    await tick();
    const changed = { ...RUN, candidates: ["v2", "v9"], gate: { ...RUN.gate, minCompared: 7 } };
    committer.updateRun(changed);
    add("b");
    await tick();
    const reader = openSqliteReader(path);
    expect(await reader.runs()).toEqual([changed]);
    await reader.close();
    expect(await countIn(path)).toEqual([4]);
  });

  it("applies retention first, every minute, and with the next tick while there is more to delete", async () => {
    const path = newPath();
    const retained: number[] = [];
    const results = [true, true, false, false];
    const { tick } = makeCommitter(path, async () => {
      return withOverrides(openSqliteWriter(path, OPTIONS), {
        async applyRetention(now) {
          retained.push(now);
          return results.shift() ?? false;
        },
      });
    });
    for (let time = 0; time < 3; time += 1) await tick();
    expect(retained).toEqual([NOON, NOON, NOON]);
    await tick(59_999);
    expect(retained).toHaveLength(3);
    await tick(1);
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
  it("writes an edit immediately, also before the first tick, and publishes the new rules", async () => {
    const path = newPath();
    const { committer, rules } = makeCommitter(path);
    expect(await committer.edit(ADD_RULE)).toBe(null);
    expect(rules).toEqual([[], [RULE]]);
    expect(await committer.edit({ ...ADD_RULE, type: "remove-rule", id: "rule-1" })).toBe(null);
    expect(rules).toEqual([[], [RULE], []]);
  });

  it("publishes the fields of denied causes, and not those of accepted ones", async () => {
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
    expect(await committer.edit({ type: "reviews", put: [review], remove: [], audit })).toBe(null);
    const accepted: Review = { ...review, signature: "two", decision: "accepted", endpoints: ["GET /b"] };
    expect(await committer.edit({ type: "reviews", put: [accepted], remove: [], audit })).toBe(null);
    expect(denied).toEqual([[], [{ endpoint: "GET /a", section: "body", path: "$.price", kind: "value" }]]);
  });

  it("rejects an edit with the reason while the database is unavailable, and retries immediately with the next edit", async () => {
    const path = newPath();
    mkdirSync(path);
    const { committer, events, rules } = makeCommitter(path);
    expect(await committer.edit(ADD_RULE)).toContain(`cannot open the database ${path}: `);
    rmdirSync(path);
    // The clock has not advanced: an edit does not wait for the retry delay.
    expect(await committer.edit(ADD_RULE)).toBe(null);
    expect(rules).toEqual([[], [RULE]]);
    expect(events.at(-1)).toBe(null);
  });

  it("commits pending batches to the run that ends, and later ones to the new run", async () => {
    const path = newPath();
    const { committer, add, tick } = makeCommitter(path);
    const next: Run = { ...RUN, id: "next", startedAt: NOON + 9 };
    add("a");
    expect(await committer.switchRun(next, NOON + 9)).toBe(null);
    add("a", 2);
    // An update of the run that has ended, from a reload in progress.
    committer.updateRun({ ...RUN, primary: "v9" });
    await tick();
    await committer.close();
    const reader = openSqliteReader(path);
    const counts = async (run: string) => flat(await reader.outcomes(run, "v2")).map(({ count }) => count);
    expect([await counts(RUN.id), await counts("next")]).toEqual([[2], [4]]);
    expect((await reader.runs()).map(({ id, primary, endedAt }) => [id, primary, endedAt])).toEqual([
      ["next", "v1", NOON],
      [RUN.id, "v1", NOON + 9],
    ]);
    await reader.close();
  });

  it("ends the run of a killed process when the next process opens the database", async () => {
    const path = newPath();
    const killed = openSqliteWriter(path, OPTIONS);
    await killed.beginRun({ ...RUN, id: "killed", startedAt: NOON - 90_000 });
    await killed.commit("killed", [batch("k", { accounting: [received(1, { minute: MINUTE - 2 })] })]);
    await killed.close();
    const { tick } = makeCommitter(path);
    await tick();
    const reader = openSqliteReader(path);
    expect((await reader.runs()).map(({ id, endedAt }) => [id, endedAt])).toEqual([
      [RUN.id, null],
      ["killed", NOON - 60_000],
    ]);
    await reader.close();
  });

  it("continues a run that could not be ended", async () => {
    const path = newPath();
    mkdirSync(path);
    const { committer, add, tick } = makeCommitter(path);
    add("a");
    expect(await committer.switchRun({ ...RUN, id: "next" }, NOON + 9)).toEqual({
      message: expect.stringContaining("cannot open the database"),
      isConflict: false,
    });
    rmdirSync(path);
    await tick();
    expect(await countIn(path)).toEqual([2]);
  });
});

describe("a database that replicas share", () => {
  const CURRENT: Run = { ...RUN, id: "current", startedAt: NOON - 5 };

  it("decides about the run: counts go to the current one", async () => {
    const path = newPath();
    const begun: string[] = [];
    const made = makeCommitter(
      path,
      async () => {
        const writer = openSqliteWriter(path, OPTIONS);
        return withOverrides(writer, { beginRun: () => writer.beginRun(CURRENT) });
      },
      (run) => begun.push(run.id),
    );
    made.add("a");
    await made.tick();
    expect(begun).toEqual(["current"]);
    // The run that the process would have begun does not exist.
    made.committer.updateRun({ ...RUN, primary: "v9" });
    made.add("a");
    await made.tick();
    await made.committer.close();
    const reader = openSqliteReader(path);
    expect((await reader.runs()).map(({ id, primary, endedAt }) => [id, primary, endedAt])).toEqual([
      ["current", "v1", NOON],
    ]);
    expect(flat(await reader.outcomes("current", "v2")).map(({ count }) => count)).toEqual([4]);
    await reader.close();
  });

  it("keeps the run, the writer and the batches when another replica has begun a run at the same time", async () => {
    const path = newPath();
    let opened = 0;
    let changes = 1;
    const { committer, add, tick, events } = makeCommitter(path, async () => {
      opened += 1;
      const writer = openSqliteWriter(path, OPTIONS);
      return withOverrides(writer, {
        async endRun(...parts) {
          if (changes-- > 0) throw Object.assign(new Error("changed"), { code: "RUN_CHANGED" });
          await writer.endRun(...parts);
        },
      });
    });
    add("a");
    expect(await committer.switchRun({ ...RUN, id: "own" }, NOON)).toMatchObject({ isConflict: true });
    expect(events).toEqual([{ batches: 1 }, ["a", "1"], null]);
    add("a");
    await tick();
    expect(await committer.switchRun({ ...RUN, id: "other" }, NOON)).toBe(null);
    expect([opened, await countIn(path)]).toEqual([1, [4]]);
  });

  it("reads rules again that another replica has changed", async () => {
    const path = newPath();
    const { committer, tick, rules } = makeCommitter(path);
    await tick();
    const other = openSqliteWriter(path, OPTIONS);
    await other.edit(ADD_RULE);
    await other.close();
    await committer.reloadRules();
    expect(rules).toEqual([[], [RULE]]);
  });
});

it("reports a corrupt database, and commits pending batches after it was moved away", async () => {
  const path = newPath();
  await openSqliteWriter(path, OPTIONS).close();
  writeFileSync(path, readFileSync(path).fill(0xa5, 100));
  const { add, tick, committer } = makeCommitter(path);
  add("a");
  expect(await tick()).toEqual(["failed", `cannot open the database ${path}: the database is damaged`]);
  expect(committer.pending).toBe(1);
  renameSync(path, `${path}.damaged`);
  expect(await tick()).toEqual([{ batches: 1 }, ["a", "1"], null]);
  expect(await countIn(path)).toEqual([2]);
});

describe("a slow database", () => {
  it("receives batches, edits and runs one after the other, in the order in which they came", async () => {
    const path = newPath();
    const { committer, add, calls, began, release } = makeSlowCommitter(path);
    add("a");
    const first = committer.tick();
    await began();
    add("a");
    const edit = committer.edit(ADD_RULE);
    add("a");
    const next: Run = { ...RUN, id: "next", startedAt: NOON + 9 };
    const switched = committer.switchRun(next, NOON + 9);
    // It belongs to the next run, like everything that comes after the switch.
    add("a");
    expect(calls).toEqual(["tick", `commit 1 to ${RUN.id}`]);
    await release();
    await first;
    await release();
    expect([await edit, await switched]).toEqual([null, null]);
    const last = committer.tick();
    await release();
    await last;
    expect(calls).toEqual([
      "tick",
      `commit 1 to ${RUN.id}`,
      "committed",
      "add-rule",
      `commit 2 3 to ${RUN.id}`,
      "committed",
      `end ${RUN.id}`,
      "tick",
      "commit 4 to next",
      "committed",
    ]);
    await committer.close();
    expect(await countIn(path)).toEqual([6]);
  });

  it("has one tick at a time, and leaves what arrives during a tick to the next one", async () => {
    const path = newPath();
    const { committer, add, calls, began, release } = makeSlowCommitter(path);
    add("a");
    const first = committer.tick();
    await began();
    add("a", 600);
    const others = Promise.all(Array.from({ length: 9 }, () => committer.tick()));
    await nextTurn();
    expect(calls.map((call) => call.split(" ")[0])).toEqual(["tick", "commit"]);
    await release();
    await Promise.all([first, others]);
    expect([calls.filter((call) => call === "tick").length, committer.pending]).toEqual([1, 600]);
    const next = committer.tick();
    await release();
    await release();
    await next;
    expect([calls.filter((call) => call === "tick").length, committer.pending]).toEqual([2, 0]);
    expect(await countIn(path)).toEqual([1202]);
  });

  it("is closed once the commit in progress has ended, and pending batches are committed", async () => {
    const path = newPath();
    const { committer, add, calls, began, release } = makeSlowCommitter(path);
    add("a");
    void committer.tick();
    await began();
    add("a");
    const closing = committer.close();
    await nextTurn();
    expect(calls).toEqual(["tick", `commit 1 to ${RUN.id}`]);
    await release();
    await release();
    await closing;
    expect(calls.slice(-4)).toEqual([`commit 2 to ${RUN.id}`, "committed", `end ${RUN.id}`, "close"]);
    expect(await countIn(path)).toEqual([4]);
  });
});
