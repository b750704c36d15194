import { deepStrictEqual } from "node:assert/strict";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ResultBatch } from "../../src/model/batch.ts";
import type { OutcomeCount } from "../../src/model/difference.ts";
import type { EndpointReport, Report } from "../../src/model/report.ts";
import type { CauseField, Review } from "../../src/model/review.ts";
import type { Rule } from "../../src/model/rule.ts";
import type { Run } from "../../src/model/run.ts";
import type { StoreEdit } from "../../src/store/store.ts";
import { latencyView } from "../../src/report/latency-view.ts";
import { buildReport } from "../../src/report/build-report.ts";
import { HistoryCache } from "../../src/report/history-cache.ts";
import { openSqliteReader } from "../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../src/store/sqlite/write/sqlite-writer.ts";
import { batch, field, latency, MINUTE, NOON, OPTIONS, outcome, RUN } from "../store/store-fixture.ts";
import { newPath } from "../store/new-path.ts";
import { rule } from "./memory-reader.ts";

const [USERS, ORDERS] = ["GET /users/{id}", "GET /orders/{id}"];
const HOUR_MS = 3_600_000;

function differing(endpoint: string, path: string, count: number, mark: "raw" | "noise" = "raw") {
  return outcome({ endpoint, paired: true, fields: [field(path, mark)], count });
}

/** The same outcomes in up to 16 slots. */
function overTime(counted: OutcomeCount): readonly OutcomeCount[] {
  const slots = Math.min(16, counted.count);
  return Array.from({ length: slots }, (_, at) => {
    const count = Math.floor((counted.count * (at + 1)) / slots) - Math.floor((counted.count * at) / slots);
    return { ...counted, slot: counted.slot + at, count };
  });
}

/** A store with an open reader; each of its reports is compared with that of a new reader without caches. */
class ReportedStore {
  readonly path: string;
  readonly #writer: ReturnType<typeof openSqliteWriter>;
  readonly #reader: ReturnType<typeof openSqliteReader>;
  readonly #cache = new HistoryCache(100);
  #run = RUN;
  #batches = 0;

  static async open(path = newPath()): Promise<ReportedStore> {
    const store = new ReportedStore(path);
    await store.#writer.beginRun(RUN);
    return store;
  }

  private constructor(path: string) {
    this.path = path;
    this.#writer = openSqliteWriter(path, {
      ...OPTIONS,
      retention: { maxAgeMs: 0, maxBytes: Number.MAX_SAFE_INTEGER },
    });
    this.#reader = openSqliteReader(path);
    onTestFinished(async () => {
      await this.#writer.close();
      await this.#reader.close();
    });
  }

  /** Outcomes arrive over two seconds: those of one moment could be one burst. */
  async count({ outcomes = [], ...parts }: Partial<ResultBatch>): Promise<void> {
    this.#batches += 1;
    const spread = outcomes.flatMap(overTime);
    await this.#writer.commit(RUN.id, [batch(`${this.path} ${this.#batches}`, { ...parts, outcomes: spread })]);
  }

  async edit(
    edit: StoreEdit extends infer Edit ? (Edit extends unknown ? Omit<Edit, "audit"> : never) : never,
  ): Promise<void> {
    await this.#writer.edit({ ...edit, audit: { at: NOON, by: "ann", what: "" } });
  }

  async updateRun(changes: Partial<Run>): Promise<void> {
    this.#run = { ...this.#run, ...changes };
    await this.#writer.updateRun(this.#run);
  }

  async applyRetention(now: number): Promise<void> {
    while (await this.#writer.applyRetention(now));
  }

  async report(now = NOON): Promise<Report> {
    const report = await buildReport(this.#reader, this.#run, "v2", { now, cache: this.#cache });
    const other = openSqliteReader(this.path);
    deepStrictEqual(report, await buildReport(other, this.#run, "v2", { now, cache: new HistoryCache(100) }));
    deepStrictEqual(await latencyView(this.#reader, this.#run, "v2"), await latencyView(other, this.#run, "v2"));
    await other.close();
    return report;
  }

  async of(endpoint: string, now = NOON): Promise<EndpointReport> {
    const found = (await this.report(now)).endpoints.find((each) => each.endpoint === endpoint);
    if (found === undefined) throw new Error(`Nothing was counted of ${endpoint}.`);
    return found;
  }
}

function summary({ compared, causes }: EndpointReport): unknown[] {
  return [compared, ...causes.map(({ count, state, verdict, rule: hiding }) => [count, state, verdict, hiding])];
}

function ruleFor(path: string, more: Partial<Rule> = {}): Rule {
  return rule(path, { endpoint: USERS, createdAt: NOON - 1, ...more });
}

function reviewOf({ endpoint, causes }: EndpointReport, more: Partial<Review>): Review {
  const { signature = "", title = "", fields = [] as readonly CauseField[] } = causes[0] ?? {};
  const by = { reason: "", by: "ann", at: NOON, expiresAt: null };
  return { signature, decision: "accepted", endpoints: [endpoint], title, fields, ...by, ...more };
}

describe("a repeated report", () => {
  it("has the new counts of an endpoint, and does not judge the others again", async () => {
    const store = await ReportedStore.open();
    await store.count({ outcomes: [differing(USERS, "$.a", 20), differing(ORDERS, "$.b", 30)] });
    const [users, orders] = [await store.of(USERS), await store.of(ORDERS)];
    expect((await store.of(ORDERS)).causes).toBe(orders.causes);
    await store.count({ outcomes: [differing(USERS, "$.a", 1)], latencies: [latency({ endpoint: USERS, count: 2 })] });
    expect([summary(users), summary(await store.of(USERS))]).toEqual([
      [20, [20, "new", "real", null]],
      [21, [21, "new", "real", null]],
    ]);
    expect((await store.of(USERS)).latency.primary.p50).not.toBeNull();
    expect((await store.of(ORDERS)).causes).toBe(orders.causes);
  });

  it("has the counts that another connection wrote", async () => {
    const store = await ReportedStore.open();
    await store.count({ outcomes: [differing(USERS, "$.a", 20)] });
    expect(summary(await store.of(USERS))).toEqual([20, [20, "new", "real", null]]);
    const other = openSqliteWriter(store.path, OPTIONS);
    await other.beginRun(RUN);
    await other.commit(RUN.id, [batch("other", { outcomes: [differing(USERS, "$.a", 5)] })]);
    await other.edit({ type: "add-rule", rule: ruleFor("$.a"), audit: { at: NOON, by: "bob", what: "" } });
    await other.close();
    expect(summary(await store.of(USERS))).toEqual([25, [25, "new", "likely", "rule-1"]]);
  });

  it("follows rules that are added, expire and are removed", async () => {
    const store = await ReportedStore.open();
    await store.count({ outcomes: [differing(USERS, "$.a", 20), differing(USERS, "$.b", 3)] });
    const [a, b] = [
      [20, "new", "real", null],
      [3, "new", "likely", null],
    ];
    expect(summary(await store.of(USERS))).toEqual([23, a, b]);
    await store.edit({ type: "add-rule", rule: ruleFor("$.a", { expiresAt: NOON + 10 }) });
    expect(summary(await store.of(USERS))).toEqual([23, b, [20, "new", "likely", "rule-1"]]);
    expect((await store.report()).rules.map(({ hits, state }) => [hits, state])).toEqual([[20, "active"]]);
    expect(summary(await store.of(USERS, NOON + 10))).toEqual([23, a, b]);
    expect(summary(await store.of(USERS, NOON + 9))).toEqual([23, b, [20, "new", "likely", "rule-1"]]);
    await store.edit({ type: "remove-rule", id: "rule-1" });
    expect(summary(await store.of(USERS))).toEqual([23, a, b]);
    await store.updateRun({ rules: [ruleFor("$.b", { id: "config-1", source: "configuration", createdAt: null })] });
    expect(summary(await store.of(USERS))).toEqual([23, a, [3, "new", "likely", "config-1"]]);
  });

  it("follows reviews that accept, expire, deny and are removed", async () => {
    const store = await ReportedStore.open();
    await store.count({ outcomes: [differing(USERS, "$.a", 20)] });
    const first = await store.of(USERS);
    expect([first.verdict, summary(first)]).toEqual(["fail", [20, [20, "new", "real", null]]]);
    await store.edit({ type: "reviews", put: [reviewOf(first, { expiresAt: NOON + 10 })], remove: [] });
    expect((await store.of(USERS)).verdict).toBe("inconclusive");
    expect(summary(await store.of(USERS))).toEqual([20, [20, "accepted", "real", null]]);
    expect(summary(await store.of(USERS, NOON + 10))).toEqual([20, [20, "new", "real", null]]);
    expect((await store.of(USERS, NOON + 10)).verdict).toBe("fail");
    await store.edit({ type: "reviews", put: [reviewOf(first, { decision: "denied" })], remove: [] });
    await store.edit({ type: "add-rule", rule: ruleFor("$.a") });
    expect(summary(await store.of(USERS))).toEqual([20, [20, "denied", "real", null]]);
    await store.edit({ type: "reviews", put: [], remove: [first.causes[0]?.signature ?? ""] });
    expect(summary(await store.of(USERS))).toEqual([20, [20, "new", "likely", "rule-1"]]);
  });

  it("follows the gate", async () => {
    const store = await ReportedStore.open();
    await store.count({ outcomes: [differing(USERS, "$.a", 20), outcome({ endpoint: USERS, count: 2_000 })] });
    expect((await store.of(USERS)).verdict).toBe("fail");
    await store.updateRun({ gate: { ...RUN.gate, parity: 0.9 } });
    expect((await store.of(USERS)).verdict).toBe("pass");
    await store.updateRun({
      gate: { ...RUN.gate, parity: 0.9, endpoints: [{ endpoint: "GET /users/*", parity: 0.999 }] },
    });
    expect((await store.of(USERS)).verdict).toBe("fail");
  });

  it("requires more evidence from a field if other endpoints have fields too", async () => {
    const store = await ReportedStore.open();
    await store.count({ outcomes: [differing(USERS, "$.a", 7)] });
    expect(summary(await store.of(USERS))).toEqual([7, [7, "new", "real", null]]);
    const noisy = ["$.x", "$.y", "$.z"].flatMap((path) => [
      differing(ORDERS, path, 5),
      differing(ORDERS, path, 5, "noise"),
    ]);
    await store.count({ outcomes: noisy });
    expect(summary(await store.of(USERS))).toEqual([7, [7, "new", "likely", null]]);
  });

  it("forgets what retention deleted, and does not confuse an endpoint with a deleted one that had its key", async () => {
    const store = await ReportedStore.open();
    await store.count({ outcomes: [differing(USERS, "$.a", 20)] });
    expect(summary(await store.of(USERS))).toEqual([20, [20, "new", "real", null]]);
    await store.applyRetention(NOON + 3 * HOUR_MS);
    expect((await store.report()).endpoints).toEqual([]);
    const later = { minute: MINUTE + 180, count: 20 };
    await store.count({ outcomes: [{ ...differing(ORDERS, "$.a", 20), ...later }] });
    expect((await store.report()).endpoints.map(({ endpoint }) => endpoint)).toEqual([ORDERS]);
    expect((await store.of(ORDERS)).reasons.join()).toContain("body $.a");
  });

  it("is not mixed up with that of another database with the same run", async () => {
    const [one, other] = [await ReportedStore.open(), await ReportedStore.open()];
    await one.count({ outcomes: [differing(USERS, "$.a", 20)] });
    await other.count({ outcomes: [differing(USERS, "$.a", 30)] });
    for (let turn = 0; turn < 2; turn++) {
      expect([summary(await one.of(USERS)), summary(await other.of(USERS))]).toEqual([
        [20, [20, "new", "real", null]],
        [30, [30, "new", "real", null]],
      ]);
    }
  });
});
