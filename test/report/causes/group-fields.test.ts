import { describe, expect, it } from "vitest";
import type { CauseReport } from "../../../src/model/report.ts";
import type { Review } from "../../../src/model/review.ts";
import { NOW, ORDERS, outcome, related, reportOf, rule, RUN, type Rows } from "../memory-reader.ts";

const PRICE = "body $.price value raw";
const TOTAL = "body $.total value raw";
const ETAG = "header etag header raw";

async function causesOf(rows: Rows, now = NOW): Promise<readonly CauseReport[]> {
  return (await reportOf(rows, RUN, now)).endpoints[0]?.causes ?? [];
}

function summaries(causes: readonly CauseReport[]): string[] {
  return causes.map(({ title, count, state }) => `${title}: ${count} ${state}`);
}

/** A review of the first cause of these rows. */
async function reviewOf(rows: Rows, more: Partial<Review> = {}): Promise<Review> {
  const [cause] = await causesOf(rows);
  if (cause === undefined) throw new Error("there is no cause");
  const { signature, title, fields } = cause;
  const decided = { decision: "accepted", reason: "agreed", by: "ann", at: NOW, expiresAt: null } as const;
  return { signature, title, fields, endpoints: [ORDERS], ...decided, ...more };
}

/** Exchanges in which price and total differ together, and in which only price does. */
function overlapping(together: number, alone: number): Rows {
  return {
    outcomes: [outcome(900, []), outcome(together, [PRICE, TOTAL]), outcome(alone, [PRICE]), outcome(50, [ETAG])],
  };
}

describe("causes", () => {
  it("group fields that share at least 95% of their exchanges, and no others", async () => {
    expect(summaries(await causesOf(overlapping(95, 5)))).toEqual([
      "body $.price, $.total (changed): 100 new",
      "header etag (changed): 50 new",
    ]);
    expect(summaries(await causesOf(overlapping(94, 6)))).toEqual([
      "body $.price (changed): 100 new",
      "body $.total (changed): 94 new",
      "header etag (changed): 50 new",
    ]);
  });

  it("do not drift along a chain of neighbors: each field coincides with the leader", async () => {
    const [a, b, c] = ["body $.a value raw", "body $.b value raw", "body $.c value raw"];
    const outcomes = [outcome(92, [a, b, c]), outcome(4, [a, b]), outcome(4, [a])];
    // a and b share 96 of 100, b and c 92 of 96, a and c 92 of 100.
    expect(summaries(await causesOf({ outcomes }))).toEqual([
      "body $.a, $.b (changed): 100 new",
      "body $.c (changed): 92 new",
    ]);
  });

  it("name the relation of nearly all differences, and separate noise", async () => {
    const outcomes = [outcome(100, [PRICE, TOTAL, "body $.now value both"])];
    const relations = [
      related(95, "body $.price value number-as-string"),
      related(5, "body $.price value rounding"),
      related(94, "body $.total value rounding"),
    ];
    const [report] = (await reportOf({ outcomes, relations })).endpoints;
    expect(report?.causes.map(({ title, verdict }) => `${title}: ${verdict}`)).toEqual([
      "body $.price (same number as a string); body $.total (changed): real",
      "body $.now (changed): noise",
    ]);
    expect(report?.differences.map(({ path, relation }) => [path, relation])).toEqual([
      ["$.price", "number-as-string"],
      ["$.total", null],
      ["$.now", null],
    ]);
    expect(report?.differences[0]?.cause).toBe(report?.causes[0]?.signature);
  });

  it("are named by their look, not by frequency or order", async () => {
    const relations = [related(10, "body $.price value rounding")];
    const signature = async (count: number, more: Rows = {}) =>
      (await causesOf({ outcomes: [outcome(count, [PRICE, TOTAL])], ...more }))[0]?.signature;
    expect(await signature(10)).toBe(await signature(700));
    expect(await signature(10, { relations })).not.toBe(await signature(10));
    expect(await signature(10)).not.toBe((await causesOf({ outcomes: [outcome(10, [PRICE])] }))[0]?.signature);
  });

  it("are ordered by section, then by severity, excess over noise and traffic", async () => {
    const outcomes = [
      outcome(500, [ETAG]),
      outcome(100, [PRICE]),
      outcome(90, ["body $.total missing raw"]),
      outcome(500, ["status 500->200 status raw"]),
      outcome(60, ["status 200->404 status raw"]),
      outcome(4000, []),
    ];
    expect((await causesOf({ outcomes })).map(({ title, rank }) => [title, Math.round(rank)])).toEqual([
      ["break: status 200 → 404", 480],
      ["fix: status 500 → 200", 4000],
      ["body $.total (removed)", 450],
      ["body $.price (changed)", 300],
      ["header etag (changed)", 500],
    ]);
  });

  it("never mix status, body and headers, although they differ in the same exchanges", async () => {
    const outcomes = [outcome(40, [ETAG, PRICE, "status 200->404 status raw", "trailer digest header raw", TOTAL])];
    expect((await causesOf({ outcomes })).map(({ title }) => title)).toEqual([
      "break: status 200 → 404",
      "body $.price, $.total (changed)",
      "header etag (changed); trailer digest (changed)",
    ]);
  });

  it("never mix a deviation from HTTP with a status", async () => {
    const outcomes = [outcome(40, ["status 200->404 status raw", "transport $ protocol-quirk raw"])];
    expect((await causesOf({ outcomes })).map(({ title }) => title)).toEqual([
      "break: status 200 → 404",
      "deviates from HTTP/1.1 in another way",
    ]);
  });
});

describe("reviews", () => {
  const rows: Rows = { outcomes: [outcome(4900, []), outcome(100, [PRICE, TOTAL])] };

  it("stop an accepted cause from counting, in this and later runs, until the acceptance expires", async () => {
    const reviews = [await reviewOf(rows, { expiresAt: NOW + 1000 })];
    expect((await reportOf(rows)).verdict).toBe("fail");
    expect(await reportOf({ ...rows, reviews })).toMatchObject({ verdict: "pass", parity: { rate: 1 } });
    const later: Rows = { outcomes: [outcome(700, []), outcome(1, [PRICE, TOTAL])], reviews };
    expect(await causesOf(later)).toMatchObject([{ state: "accepted", review: { reason: "agreed" } }]);
    expect((await reportOf({ ...rows, reviews }, RUN, NOW + 1000)).verdict).toBe("fail");
    expect(await causesOf({ ...rows, reviews }, NOW + 1000)).toMatchObject([{ state: "new" }]);
  });

  it("do not change matched and differed", async () => {
    expect((await reportOf({ ...rows, reviews: [await reviewOf(rows)] })).accounting).toEqual(
      (await reportOf(rows)).accounting,
    );
  });

  it("return as changed if a field is added or looks different, not if one is gone", async () => {
    const reviews = [await reviewOf(rows)];
    const state = async (outcomes: Rows["outcomes"], more: Rows = {}) =>
      (await causesOf({ outcomes: outcomes ?? [], reviews, ...more })).map((cause) => cause.state);
    expect(await state([outcome(100, [PRICE, TOTAL, "body $.sum value raw"])])).toEqual(["changed"]);
    expect(
      await state([outcome(100, [PRICE, TOTAL])], { relations: [related(100, "body $.price value rounding")] }),
    ).toEqual(["changed"]);
    expect(await state([outcome(100, ["body $.price missing raw", TOTAL])])).toEqual(["changed"]);
    expect(await state([outcome(100, [PRICE])])).toEqual(["accepted"]);
    expect(await state([outcome(100, [ETAG])])).toEqual(["new"]);
  });

  it("accept the pair of status codes that was reviewed, and no other", async () => {
    const missing: Rows = { outcomes: [outcome(40, ["status 200->404 status raw"])] };
    const reviews = [await reviewOf(missing)];
    const statesOf = async (pair: string, more: Rows = {}) =>
      (await causesOf({ outcomes: [outcome(40, [`status ${pair} status raw`])], reviews, ...more })).map(
        ({ state }) => state,
      );
    expect(await statesOf("200->404")).toEqual(["accepted"]);
    for (const pair of ["200->302", "200->403", "200->204"]) expect(await statesOf(pair)).toEqual(["changed"]);
    expect(await statesOf("500->200")).toEqual(["new"]);
    const both = [outcome(40, ["status 200->404 status raw"]), outcome(1, ["status 200->302 status raw"])];
    expect(await reportOf({ outcomes: both, reviews })).toMatchObject({
      verdict: "inconclusive",
      parity: { rate: 40 / 41 },
    });
  });

  it("of earlier versions, which were about all pairs of status codes, still decide all of them", async () => {
    const earlier: Rows = { outcomes: [outcome(40, ["status $ status raw"])] };
    const later: Rows = { outcomes: [outcome(40, ["status 200->404 status raw"])] };
    expect(await causesOf({ ...later, reviews: [await reviewOf(earlier)] })).toMatchObject([{ state: "accepted" }]);
    const reviews = [await reviewOf(earlier, { decision: "denied" })];
    const rules = [rule("$", { section: "status" })];
    expect(await causesOf({ ...later, reviews, rules })).toMatchObject([{ state: "denied", rule: null }]);
  });

  it("accept fields that were accepted separately and now occur together", async () => {
    const apart: Rows = { outcomes: [outcome(40, [PRICE])] };
    const other: Rows = { outcomes: [outcome(40, [TOTAL])] };
    expect(await causesOf({ ...rows, reviews: [await reviewOf(apart), await reviewOf(other)] })).toMatchObject([
      { state: "accepted" },
    ]);
  });

  it("keep a denied cause counting although a rule would hide it, and name the rule", async () => {
    const reviews = [await reviewOf(rows, { decision: "denied", by: "bob" })];
    const rules = [rule("$.price"), rule("$.total", { id: "rule-2" })];
    expect(await reportOf({ ...rows, rules })).toMatchObject({ verdict: "pass" });
    const report = await reportOf({ ...rows, rules, reviews });
    expect(report.verdict).toBe("fail");
    expect(report.rules.map(({ hits }) => hits)).toEqual([0, 0]);
    expect(report.reasons.at(-1)).toBe(
      "GET /orders/{id}: denied by bob, still in 100 responses: " +
        "body $.price, $.total (changed); rule rule-1 does not hide denied causes",
    );
  });

  it("keep a denied cause real even if the secondary differs too", async () => {
    const noisy: Rows = { outcomes: [outcome(900, []), outcome(100, ["body $.now value both"])] };
    const reviews = [await reviewOf(noisy, { decision: "denied" })];
    expect((await reportOf(noisy)).verdict).toBe("inconclusive");
    expect(await reportOf({ ...noisy, reviews })).toMatchObject({ verdict: "fail", parity: { rate: 0.9 } });
  });

  it("recognize a cause of the run before, whatever it was grouped with", async () => {
    const earlier: Rows = { outcomes: [outcome(10, [PRICE, TOTAL, ETAG])] };
    expect(
      summaries(await causesOf({ outcomes: [outcome(10, [PRICE]), outcome(3, ["body $.x value raw"])], earlier })),
    ).toEqual(["body $.price (changed): 10 known", "body $.x (changed): 3 new"]);
  });
});
