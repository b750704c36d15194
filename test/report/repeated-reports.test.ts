import { deepStrictEqual } from "node:assert/strict";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ResultBatch } from "../../src/model/batch.ts";
import type { EndpointReport, Report } from "../../src/model/report.ts";
import type { CauseField, Review } from "../../src/model/review.ts";
import type { Rule } from "../../src/model/rule.ts";
import type { Run } from "../../src/model/run.ts";
import type { StoreEdit } from "../../src/store/store.ts";
import { latencyView } from "../../src/report/latency-view-report.ts";
import { buildReport } from "../../src/report/parity-report.ts";
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

/** A store with a reader that stays open; every report of it is held against that of a reader which knows nothing. */
class Asked {
  readonly path: string;
  readonly #writer: ReturnType<typeof openSqliteWriter>;
  readonly #reader: ReturnType<typeof openSqliteReader>;
  readonly #cache = new HistoryCache(100);
  #run = RUN;
  #batches = 0;

  constructor(path = newPath()) {
    this.path = path;
    this.#writer = openSqliteWriter(path, {
      ...OPTIONS,
      retention: { maxAgeMs: 0, maxBytes: Number.MAX_SAFE_INTEGER },
    });
    this.#writer.beginRun(RUN);
    this.#reader = openSqliteReader(path);
    onTestFinished(() => {
      this.#writer.close();
      this.#reader.close();
    });
  }

  count(parts: Partial<ResultBatch>): void {
    this.#batches += 1;
    this.#writer.commit(RUN.id, [batch(`${this.path} ${this.#batches}`, parts)]);
  }

  edit(edit: StoreEdit extends infer Edit ? (Edit extends unknown ? Omit<Edit, "audit"> : never) : never): void {
    this.#writer.edit({ ...edit, audit: { at: NOON, by: "ann", what: "" } });
  }

  updateRun(changes: Partial<Run>): void {
    this.#run = { ...this.#run, ...changes };
    this.#writer.updateRun(this.#run);
  }

  applyRetention(now: number): void {
    while (this.#writer.applyRetention(now));
  }

  report(now = NOON): Report {
    const report = buildReport(this.#reader, this.#run, "v2", { now, cache: this.#cache });
    const other = openSqliteReader(this.path);
    deepStrictEqual(report, buildReport(other, this.#run, "v2", { now, cache: new HistoryCache(100) }));
    deepStrictEqual(latencyView(this.#reader, this.#run, "v2"), latencyView(other, this.#run, "v2"));
    other.close();
    return report;
  }

  of(endpoint: string, now = NOON): EndpointReport {
    const found = this.report(now).endpoints.find((each) => each.endpoint === endpoint);
    if (found === undefined) throw new Error(`Nothing was counted of ${endpoint}.`);
    return found;
  }
}

function told({ compared, causes }: EndpointReport): unknown[] {
  return [compared, ...causes.map(({ count, state, verdict, rule: hiding }) => [count, state, verdict, hiding])];
}

function ruleFor(path: string, more: Partial<Rule> = {}): Rule {
  return rule(path, { endpoint: USERS, createdAt: NOON - 1, ...more });
}

function reviewOf({ endpoint, causes }: EndpointReport, more: Partial<Review>): Review {
  const { signature = "", title = "", fields = [] as readonly CauseField[] } = causes[0] ?? {};
  const by = { reason: "", by: "ann", at: NOON, expiresAt: null };
  return { signature, decision: "accepted", endpoint, title, fields, ...by, ...more };
}

describe("a report that is asked for again", () => {
  it("has the new counts of an endpoint, and judges no other anew", () => {
    const asked = new Asked();
    asked.count({ outcomes: [differing(USERS, "$.a", 20), differing(ORDERS, "$.b", 30)] });
    const [users, orders] = [asked.of(USERS), asked.of(ORDERS)];
    expect(asked.of(ORDERS).causes).toBe(orders.causes);
    asked.count({ outcomes: [differing(USERS, "$.a", 1)], latencies: [latency({ endpoint: USERS, count: 2 })] });
    expect([told(users), told(asked.of(USERS))]).toEqual([
      [20, [20, "new", "real", null]],
      [21, [21, "new", "real", null]],
    ]);
    expect(asked.of(USERS).latency.primary.p50).not.toBeNull();
    expect(asked.of(ORDERS).causes).toBe(orders.causes);
  });

  it("has what another connection has written", () => {
    const asked = new Asked();
    asked.count({ outcomes: [differing(USERS, "$.a", 20)] });
    expect(told(asked.of(USERS))).toEqual([20, [20, "new", "real", null]]);
    const other = openSqliteWriter(asked.path, OPTIONS);
    other.beginRun(RUN);
    other.commit(RUN.id, [batch("other", { outcomes: [differing(USERS, "$.a", 5)] })]);
    other.edit({ type: "add-rule", rule: ruleFor("$.a"), audit: { at: NOON, by: "bob", what: "" } });
    other.close();
    expect(told(asked.of(USERS))).toEqual([25, [25, "new", "likely", "rule-1"]]);
  });

  it("follows rules: entered, expired, removed", () => {
    const asked = new Asked();
    asked.count({ outcomes: [differing(USERS, "$.a", 20), differing(USERS, "$.b", 3)] });
    const [a, b] = [
      [20, "new", "real", null],
      [3, "new", "likely", null],
    ];
    expect(told(asked.of(USERS))).toEqual([23, a, b]);
    asked.edit({ type: "add-rule", rule: ruleFor("$.a", { expiresAt: NOON + 10 }) });
    expect(told(asked.of(USERS))).toEqual([23, b, [20, "new", "likely", "rule-1"]]);
    expect(asked.report().rules.map(({ hits, state }) => [hits, state])).toEqual([[20, "active"]]);
    expect(told(asked.of(USERS, NOON + 10))).toEqual([23, a, b]);
    expect(told(asked.of(USERS, NOON + 9))).toEqual([23, b, [20, "new", "likely", "rule-1"]]);
    asked.edit({ type: "remove-rule", id: "rule-1" });
    expect(told(asked.of(USERS))).toEqual([23, a, b]);
    asked.updateRun({ rules: [ruleFor("$.b", { id: "config-1", source: "configuration", createdAt: null })] });
    expect(told(asked.of(USERS))).toEqual([23, a, [3, "new", "likely", "config-1"]]);
  });

  it("follows decisions: accepted, over, denied, taken back", () => {
    const asked = new Asked();
    asked.count({ outcomes: [differing(USERS, "$.a", 20)] });
    const first = asked.of(USERS);
    expect([first.verdict, told(first)]).toEqual(["fail", [20, [20, "new", "real", null]]]);
    asked.edit({ type: "review", review: reviewOf(first, { expiresAt: NOON + 10 }) });
    expect(asked.of(USERS).verdict).toBe("inconclusive");
    expect(told(asked.of(USERS))).toEqual([20, [20, "accepted", "real", null]]);
    expect(told(asked.of(USERS, NOON + 10))).toEqual([20, [20, "new", "real", null]]);
    expect(asked.of(USERS, NOON + 10).verdict).toBe("fail");
    asked.edit({ type: "review", review: reviewOf(first, { decision: "denied" }) });
    asked.edit({ type: "add-rule", rule: ruleFor("$.a") });
    expect(told(asked.of(USERS))).toEqual([20, [20, "denied", "real", null]]);
    asked.edit({ type: "remove-review", signature: first.causes[0]?.signature ?? "" });
    expect(told(asked.of(USERS))).toEqual([20, [20, "new", "likely", "rule-1"]]);
  });

  it("follows the gate", () => {
    const asked = new Asked();
    asked.count({ outcomes: [differing(USERS, "$.a", 20), outcome({ endpoint: USERS, count: 2_000 })] });
    expect(asked.of(USERS).verdict).toBe("fail");
    asked.updateRun({ gate: { ...RUN.gate, parity: 0.9 } });
    expect(asked.of(USERS).verdict).toBe("pass");
    asked.updateRun({ gate: { ...RUN.gate, parity: 0.9, endpoints: [{ endpoint: "GET /users/*", parity: 0.999 }] } });
    expect(asked.of(USERS).verdict).toBe("fail");
  });

  it("asks more evidence of a field when fields of other endpoints are looked at as well", () => {
    const asked = new Asked();
    asked.count({ outcomes: [differing(USERS, "$.a", 8)] });
    expect(told(asked.of(USERS))).toEqual([8, [8, "new", "real", null]]);
    const noisy = ["$.x", "$.y", "$.z"].flatMap((path) => [
      differing(ORDERS, path, 5),
      differing(ORDERS, path, 5, "noise"),
    ]);
    asked.count({ outcomes: noisy });
    expect(told(asked.of(USERS))).toEqual([8, [8, "new", "likely", null]]);
  });

  it("has nothing of what retention has deleted, and takes no endpoint for the one whose key it got", () => {
    const asked = new Asked();
    asked.count({ outcomes: [differing(USERS, "$.a", 20)] });
    expect(told(asked.of(USERS))).toEqual([20, [20, "new", "real", null]]);
    asked.applyRetention(NOON + 3 * HOUR_MS);
    expect(asked.report().endpoints).toEqual([]);
    const later = { minute: MINUTE + 180, count: 20 };
    asked.count({ outcomes: [{ ...differing(ORDERS, "$.a", 20), ...later }] });
    expect(asked.report().endpoints.map(({ endpoint }) => endpoint)).toEqual([ORDERS]);
    expect(asked.of(ORDERS).reasons.join()).toContain("body $.a");
  });

  it("is not that of another database with the same run", () => {
    const [one, other] = [new Asked(), new Asked()];
    one.count({ outcomes: [differing(USERS, "$.a", 20)] });
    other.count({ outcomes: [differing(USERS, "$.a", 30)] });
    for (let turn = 0; turn < 2; turn++) {
      expect([told(one.of(USERS)), told(other.of(USERS))]).toEqual([
        [20, [20, "new", "real", null]],
        [30, [30, "new", "real", null]],
      ]);
    }
  });
});
