import { describe, expect, it } from "vitest";
import type { CauseReport } from "../../../src/model/report.ts";
import type { Review } from "../../../src/model/review.ts";
import { NOW, ORDERS, outcome, related, reportOf, rule, RUN, type Rows } from "../memory-reader.ts";

const PRICE = "body $.price value raw";
const TOTAL = "body $.total value raw";
const ETAG = "header etag header raw";

function causesOf(rows: Rows, now = NOW): readonly CauseReport[] {
  return reportOf(rows, RUN, now).endpoints[0]?.causes ?? [];
}

function told(causes: readonly CauseReport[]): string[] {
  return causes.map(({ title, count, state }) => `${title}: ${count} ${state}`);
}

/** A decision about the first cause of these rows. */
function reviewOf(rows: Rows, more: Partial<Review> = {}): Review {
  const [cause] = causesOf(rows);
  if (cause === undefined) throw new Error("there is no cause");
  const { signature, title, fields } = cause;
  const decided = { decision: "accepted", reason: "agreed", by: "ann", at: NOW, expiresAt: null } as const;
  return { signature, title, fields, endpoint: ORDERS, ...decided, ...more };
}

/** Exchanges in which price and total differ together, and price alone. */
function overlapping(together: number, alone: number): Rows {
  return {
    outcomes: [outcome(900, []), outcome(together, [PRICE, TOTAL]), outcome(alone, [PRICE]), outcome(50, [ETAG])],
  };
}

describe("causes", () => {
  it("merge fields that differ in at least 95 % of their exchanges together, and no others", () => {
    expect(told(causesOf(overlapping(95, 5)))).toEqual([
      "body $.price, $.total (different value): 100 new",
      "header etag (different value): 50 new",
    ]);
    expect(told(causesOf(overlapping(94, 6)))).toEqual([
      "body $.price (different value): 100 new",
      "body $.total (different value): 94 new",
      "header etag (different value): 50 new",
    ]);
  });

  it("do not drift along a chain of neighbours: each field coincides with the leader", () => {
    const [a, b, c] = ["body $.a value raw", "body $.b value raw", "body $.c value raw"];
    const outcomes = [outcome(92, [a, b, c]), outcome(4, [a, b]), outcome(4, [a])];
    // a and b share 96 of 100, b and c 92 of 96, a and c 92 of 100.
    expect(told(causesOf({ outcomes }))).toEqual([
      "body $.a, $.b (different value): 100 new",
      "body $.c (different value): 92 new",
    ]);
  });

  it("say what explains nearly all of the differences, and keep noise to itself", () => {
    const outcomes = [outcome(100, [PRICE, TOTAL, "body $.now value both"])];
    const relations = [
      related(95, "body $.price value number-as-string"),
      related(5, "body $.price value rounding"),
      related(94, "body $.total value rounding"),
    ];
    const [report] = reportOf({ outcomes, relations }).endpoints;
    expect(report?.causes.map(({ title, verdict }) => `${title}: ${verdict}`)).toEqual([
      "body $.price (same number as a string); body $.total (different value): real",
      "body $.now (different value): noise",
    ]);
    expect(report?.differences.map(({ path, relation }) => [path, relation])).toEqual([
      ["$.price", "number-as-string"],
      ["$.total", null],
      ["$.now", null],
    ]);
    expect(report?.differences[0]?.cause).toBe(report?.causes[0]?.signature);
  });

  it("are named by what they look like, not by how often or in which order they were seen", () => {
    const relations = [related(10, "body $.price value rounding")];
    const signature = (count: number, more: Rows = {}) =>
      causesOf({ outcomes: [outcome(count, [PRICE, TOTAL])], ...more })[0]?.signature;
    expect(signature(10)).toBe(signature(700));
    expect(signature(10, { relations })).not.toBe(signature(10));
    expect(signature(10)).not.toBe(causesOf({ outcomes: [outcome(10, [PRICE])] })[0]?.signature);
  });

  it("stand in the order of severity, excess over noise and traffic", () => {
    const outcomes = [
      outcome(500, [ETAG]),
      outcome(100, [PRICE]),
      outcome(60, ["status $ status raw"]),
      outcome(4000, []),
    ];
    expect(causesOf({ outcomes }).map(({ title, rank }) => [title, Math.round(rank)])).toEqual([
      ["header etag (different value)", 500],
      ["different status", 480],
      ["body $.price (different value)", 300],
    ]);
  });
});

describe("reviews", () => {
  const rows: Rows = { outcomes: [outcome(4900, []), outcome(100, [PRICE, TOTAL])] };

  it("let an accepted cause count no more, in this and in later runs, until the acceptance ends", () => {
    const reviews = [reviewOf(rows, { expiresAt: NOW + 1000 })];
    expect(reportOf(rows).verdict).toBe("fail");
    expect(reportOf({ ...rows, reviews })).toMatchObject({ verdict: "pass", parity: { rate: 1 } });
    const later: Rows = { outcomes: [outcome(700, []), outcome(1, [PRICE, TOTAL])], reviews };
    expect(causesOf(later)).toMatchObject([{ state: "accepted", review: { reason: "agreed" } }]);
    expect(reportOf({ ...rows, reviews }, RUN, NOW + 1000).verdict).toBe("fail");
    expect(causesOf({ ...rows, reviews }, NOW + 1000)).toMatchObject([{ state: "new" }]);
  });

  it("leave matched and differed as they were counted", () => {
    expect(reportOf({ ...rows, reviews: [reviewOf(rows)] }).accounting).toEqual(reportOf(rows).accounting);
  });

  it("come back as changed when a field is added or looks different, not when one is gone", () => {
    const reviews = [reviewOf(rows)];
    const state = (outcomes: Rows["outcomes"], more: Rows = {}) =>
      causesOf({ outcomes: outcomes ?? [], reviews, ...more }).map((cause) => cause.state);
    expect(state([outcome(100, [PRICE, TOTAL, ETAG])])).toEqual(["changed"]);
    expect(state([outcome(100, [PRICE, TOTAL])], { relations: [related(100, "body $.price value rounding")] })).toEqual(
      ["changed"],
    );
    expect(state([outcome(100, ["body $.price missing raw", TOTAL])])).toEqual(["changed"]);
    expect(state([outcome(100, [PRICE])])).toEqual(["accepted"]);
    expect(state([outcome(100, [ETAG])])).toEqual(["new"]);
  });

  it("accept fields that were accepted apart and now occur together", () => {
    const apart: Rows = { outcomes: [outcome(40, [PRICE])] };
    const other: Rows = { outcomes: [outcome(40, [TOTAL])] };
    expect(causesOf({ ...rows, reviews: [reviewOf(apart), reviewOf(other)] })).toMatchObject([{ state: "accepted" }]);
  });

  it("let a denied cause count although a rule would hide it, and name it", () => {
    const reviews = [reviewOf(rows, { decision: "denied", by: "bob" })];
    const rules = [rule("$.price"), rule("$.total", { id: "rule-2" })];
    expect(reportOf({ ...rows, rules })).toMatchObject({ verdict: "pass" });
    const report = reportOf({ ...rows, rules, reviews });
    expect(report.verdict).toBe("fail");
    expect(report.rules.map(({ hits }) => hits)).toEqual([0, 0]);
    expect(report.reasons.at(-1)).toBe(
      "GET /orders/{id}: denied by bob, still in 100 responses: " +
        "body $.price, $.total (different value); rule rule-1 does not hide denied causes",
    );
  });

  it("insist on a denied cause even where the secondary differs as well", () => {
    const noisy: Rows = { outcomes: [outcome(900, []), outcome(100, ["body $.now value both"])] };
    const reviews = [reviewOf(noisy, { decision: "denied" })];
    expect(reportOf(noisy).verdict).toBe("inconclusive");
    expect(reportOf({ ...noisy, reviews })).toMatchObject({ verdict: "fail", parity: { rate: 0.9 } });
  });

  it("know a cause of the run before, whatever it was grouped with", () => {
    const earlier: Rows = { outcomes: [outcome(10, [PRICE, TOTAL, ETAG])] };
    expect(told(causesOf({ outcomes: [outcome(10, [PRICE]), outcome(3, ["body $.x value raw"])], earlier }))).toEqual([
      "body $.price (different value): 10 known",
      "body $.x (different value): 3 new",
    ]);
  });
});
