import { describe, expect, it } from "vitest";
import type { Review } from "../../../src/model/review.ts";
import { unreviewedCauses, whereText } from "../../../src/presentation/verdict/headlines.ts";
import { reviewedCause } from "../../../src/report/causes/reviewed-cause.ts";
import { NOW, outcome, related, reportOf, rule, type Rows } from "../memory-reader.ts";

const MISSING = "status 200->404 status raw";
const PRICE = "body $.price value raw";

const on = (path: string, count: number, marks: readonly string[]) =>
  outcome(count, marks, { endpoint: `GET /${path}` });

/** `title: where, count` */
function rowsOf(rows: Rows): string[] {
  return unreviewedCauses(reportOf(rows)).map(
    (wide) => `${wide.cause.title}: ${whereText(wide)}, ${wide.count} ${wide.cause.state}`,
  );
}

function statesOf(rows: Rows): string[] {
  return reportOf(rows).endpoints.flatMap(({ endpoint, causes }) =>
    causes.map(
      ({ state, isNewHere, review }) => `${endpoint} ${state}${isNewHere ? ", new here" : ""} ${review?.by ?? ""}`,
    ),
  );
}

/** A review of the first cause as the API stores it. */
function reviewOf(rows: Rows, more: Partial<Review> = {}, only?: readonly string[]): Review {
  const report = reportOf(rows);
  const about = reviewedCause(report, report.endpoints[0]?.causes[0]?.signature ?? "", only);
  if (about === undefined) throw new Error("there is no cause");
  return { ...about, decision: "accepted", reason: "agreed", by: "ann", at: NOW - 9, expiresAt: null, ...more };
}

describe("a cause that looks the same on several endpoints", () => {
  it("is one row with one signature: the same pair of statuses, or the same fields with the same relation", () => {
    const outcomes = [
      on("a", 40, [MISSING]),
      on("b", 30, [MISSING]),
      on("b", 5, [PRICE]),
      on("c", 6, [PRICE]),
      on("d", 7, [PRICE]),
      on("e", 8, [PRICE, "body $.total value raw"]),
    ];
    const relations = ["GET /b", "GET /c"].map((name) => related(9, "body $.price value rounding", name));
    expect(rowsOf({ outcomes, relations })).toEqual([
      "break: status 200 → 404: 2 endpoints (GET /a, GET /b), 70 new",
      "body $.price (rounded): 2 endpoints (GET /c, GET /b), 11 new",
      "body $.price, $.total (changed): GET /e, 8 new",
      "body $.price (changed): GET /d, 7 new",
    ]);
  });

  it("keeps its signature when more endpoints show it", () => {
    const [one, other, both] = [["a"], ["b"], ["a", "b"]].map((paths) =>
      unreviewedCauses(reportOf({ outcomes: paths.map((path) => on(path, 9, [MISSING])) })).map(
        ({ cause }) => cause.signature,
      ),
    );
    expect([one, other]).toEqual([both, both]);
  });

  it("stays apart from noise and from what a rule hides, which are matters of one endpoint", () => {
    const rules = [rule("$.price", { endpoint: "GET /c" })];
    const outcomes = [on("a", 40, [PRICE]), on("b", 30, ["body $.price value both"]), on("c", 30, [PRICE])];
    const report = reportOf({ outcomes, rules });
    const causes = report.endpoints.flatMap((each) => each.causes);
    expect(causes.map(({ endpoints, verdict, rule: hidden }) => [endpoints, verdict, hidden])).toEqual([
      [1, "real", null],
      [1, "noise", null],
      [1, "real", "rule-1"],
    ]);
    expect(new Set(causes.map(({ signature }) => signature)).size).toBe(3);
  });

  it("is accepted on the endpoints of its review; a new one makes it changed, and counts", () => {
    const rows: Rows = { outcomes: [on("a", 40, [MISSING]), on("b", 30, [MISSING])] };
    const reviews = [reviewOf(rows)];
    expect(reportOf({ ...rows, reviews }).parity.rate).toBe(1);
    const later: Rows = { outcomes: [...(rows.outcomes ?? []), on("c", 30, [MISSING])], reviews };
    expect(statesOf(later)).toEqual(["GET /c changed, new here ann", "GET /a accepted ann", "GET /b accepted ann"]);
    expect(reportOf(later).parity.rate).toBeCloseTo(0.7);
    expect(rowsOf(later)).toEqual(["break: status 200 → 404: GET /c, 30 changed"]);
  });

  it("is not called changed by an acceptance that has expired, nor by a denial", () => {
    const rows: Rows = { outcomes: [on("a", 40, [MISSING])] };
    const later: Rows = { outcomes: [on("c", 30, [MISSING])] };
    expect(statesOf({ ...later, reviews: [reviewOf(rows, { expiresAt: NOW })] })).toEqual(["GET /c new "]);
    expect(statesOf({ ...later, reviews: [reviewOf(rows, { decision: "denied" })] })).toEqual(["GET /c new "]);
  });

  it("can be decided on one endpoint only; of two reviews of an endpoint, the later counts", () => {
    const rows: Rows = { outcomes: [on("a", 40, [MISSING]), on("b", 30, [MISSING])] };
    const all = reviewOf(rows);
    const one = reviewOf(rows, { decision: "denied", by: "bob", at: NOW - 5 }, ["GET /b"]);
    expect(statesOf({ ...rows, reviews: [one, all] })).toEqual(["GET /b denied bob", "GET /a accepted ann"]);
    const again = reviewOf(rows, { by: "eve", at: NOW - 1 });
    expect(statesOf({ ...rows, reviews: [again, one] })).toEqual(["GET /a accepted eve", "GET /b accepted eve"]);
  });

  it("is decided by reviews of earlier versions, which had a signature per endpoint", () => {
    const rows: Rows = { outcomes: [on("a", 40, [MISSING])] };
    const earlier = { ...reviewOf(rows), signature: "of GET /a" };
    expect(statesOf({ ...rows, reviews: [earlier] })).toEqual(["GET /a accepted ann"]);
    expect(reportOf({ ...rows, reviews: [{ ...earlier, expiresAt: NOW }] }).endpoints[0]?.causes).toMatchObject([
      { state: "new", review: { signature: "of GET /a" } },
    ]);
  });
});

/** The title of a cause of missing headers. */
function titleOf(names: string): string | undefined {
  const headers = names.split(" ").map((name) => `header ${name} missing raw`);
  return rowsOf({ outcomes: [on("a", 9, headers)] })[0]?.split(": GET")[0];
}

describe("the title of many headers", () => {
  it("says what they are about", () => {
    expect(titleOf("etag x-powered-by server")).toBe("header etag, server, x-powered-by (removed)");
    expect(titleOf("etag x-powered-by server via")).toBe("4 headers of the framework (removed: etag, server, …)");
    expect(titleOf("etag x-powered-by server vary")).toBe("4 headers (3 of the framework, vary)");
    expect(titleOf("etag x-powered-by server vary expires link")).toBe(
      "6 headers (3 of the framework, expires, link and 1 more)",
    );
    expect(titleOf("x-a x-b x-c x-d")).toBe("4 headers (removed: x-a, x-b, …)");
  });
});
