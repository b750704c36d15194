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
async function rowsOf(rows: Rows): Promise<string[]> {
  return unreviewedCauses(await reportOf(rows)).map(
    (wide) => `${wide.cause.title}: ${whereText(wide)}, ${wide.count} ${wide.cause.state}`,
  );
}

async function statesOf(rows: Rows): Promise<string[]> {
  return (await reportOf(rows)).endpoints.flatMap(({ endpoint, causes }) =>
    causes.map(
      ({ state, isNewHere, review }) => `${endpoint} ${state}${isNewHere ? ", new here" : ""} ${review?.by ?? ""}`,
    ),
  );
}

/** A review of the first cause as the API stores it. */
async function reviewOf(rows: Rows, more: Partial<Review> = {}, only?: readonly string[]): Promise<Review> {
  const report = await reportOf(rows);
  const about = reviewedCause(report, report.endpoints[0]?.causes[0]?.signature ?? "", only);
  if (about === undefined) throw new Error("there is no cause");
  return { ...about, decision: "accepted", reason: "agreed", by: "ann", at: NOW - 9, expiresAt: null, ...more };
}

/** The causes of missing values on these endpoints. */
async function signaturesOf(paths: readonly string[]): Promise<readonly string[]> {
  const report = await reportOf({ outcomes: paths.map((path) => on(path, 9, [MISSING])) });
  return unreviewedCauses(report).map(({ cause }) => cause.signature);
}

describe("a cause that looks the same on several endpoints", () => {
  it("is one row with one signature: the same pair of statuses, or the same fields with the same relation", async () => {
    const outcomes = [
      on("a", 40, [MISSING]),
      on("b", 30, [MISSING]),
      on("b", 5, [PRICE]),
      on("c", 6, [PRICE]),
      on("d", 7, [PRICE]),
      on("e", 8, [PRICE, "body $.total value raw"]),
    ];
    const relations = ["GET /b", "GET /c"].map((name) => related(9, "body $.price value rounding", name));
    expect(await rowsOf({ outcomes, relations })).toEqual([
      "break: status 200 → 404: 2 endpoints (GET /a, GET /b), 70 new",
      "body $.price (rounded): 2 endpoints (GET /c, GET /b), 11 new",
      "body $.price, $.total (changed): GET /e, 8 new",
      "body $.price (changed): GET /d, 7 new",
    ]);
  });

  it("keeps its signature when more endpoints show it", async () => {
    const [one, other, both] = await Promise.all([["a"], ["b"], ["a", "b"]].map(signaturesOf));
    expect([one, other]).toEqual([both, both]);
  });

  it("stays apart from noise and from what a rule hides, which are matters of one endpoint", async () => {
    const rules = [rule("$.price", { endpoint: "GET /c" })];
    const outcomes = [on("a", 40, [PRICE]), on("b", 30, ["body $.price value both"]), on("c", 30, [PRICE])];
    const report = await reportOf({ outcomes, rules });
    const causes = report.endpoints.flatMap((each) => each.causes);
    expect(causes.map(({ endpoints, verdict, rule: hidden }) => [endpoints, verdict, hidden])).toEqual([
      [1, "real", null],
      [1, "noise", null],
      [1, "real", "rule-1"],
    ]);
    expect(new Set(causes.map(({ signature }) => signature)).size).toBe(3);
  });

  it("is accepted on the endpoints of its review; a new one makes it changed, and counts", async () => {
    const rows: Rows = { outcomes: [on("a", 40, [MISSING]), on("b", 30, [MISSING])] };
    const reviews = [await reviewOf(rows)];
    expect((await reportOf({ ...rows, reviews })).parity.rate).toBe(1);
    const later: Rows = { outcomes: [...(rows.outcomes ?? []), on("c", 30, [MISSING])], reviews };
    expect(await statesOf(later)).toEqual([
      "GET /c changed, new here ann",
      "GET /a accepted ann",
      "GET /b accepted ann",
    ]);
    expect((await reportOf(later)).parity.rate).toBeCloseTo(0.7);
    expect(await rowsOf(later)).toEqual(["break: status 200 → 404: GET /c, 30 changed"]);
  });

  it("is not called changed by an acceptance that has expired, nor by a denial", async () => {
    const rows: Rows = { outcomes: [on("a", 40, [MISSING])] };
    const later: Rows = { outcomes: [on("c", 30, [MISSING])] };
    expect(await statesOf({ ...later, reviews: [await reviewOf(rows, { expiresAt: NOW })] })).toEqual(["GET /c new "]);
    expect(await statesOf({ ...later, reviews: [await reviewOf(rows, { decision: "denied" })] })).toEqual([
      "GET /c new ",
    ]);
  });

  it("can be decided on one endpoint only; of two reviews of an endpoint, the later counts", async () => {
    const rows: Rows = { outcomes: [on("a", 40, [MISSING]), on("b", 30, [MISSING])] };
    const all = await reviewOf(rows);
    const one = await reviewOf(rows, { decision: "denied", by: "bob", at: NOW - 5 }, ["GET /b"]);
    expect(await statesOf({ ...rows, reviews: [one, all] })).toEqual(["GET /b denied bob", "GET /a accepted ann"]);
    const again = await reviewOf(rows, { by: "eve", at: NOW - 1 });
    expect(await statesOf({ ...rows, reviews: [again, one] })).toEqual(["GET /a accepted eve", "GET /b accepted eve"]);
  });

  it("is decided by reviews of earlier versions, which had a signature per endpoint", async () => {
    const rows: Rows = { outcomes: [on("a", 40, [MISSING])] };
    const earlier = { ...(await reviewOf(rows)), signature: "of GET /a" };
    expect(await statesOf({ ...rows, reviews: [earlier] })).toEqual(["GET /a accepted ann"]);
    expect((await reportOf({ ...rows, reviews: [{ ...earlier, expiresAt: NOW }] })).endpoints[0]?.causes).toMatchObject(
      [{ state: "new", review: { signature: "of GET /a" } }],
    );
  });
});

/** The title of a cause of missing headers. */
async function titleOf(names: string): Promise<string | undefined> {
  const headers = names.split(" ").map((name) => `header ${name} missing raw`);
  return (await rowsOf({ outcomes: [on("a", 9, headers)] }))[0]?.split(": GET")[0];
}

describe("the title of many headers", () => {
  it("says what they are about", async () => {
    expect(await titleOf("etag x-powered-by server")).toBe("header etag, server, x-powered-by (removed)");
    expect(await titleOf("etag x-powered-by server via")).toBe("4 headers of the framework (removed: etag, server, …)");
    expect(await titleOf("etag x-powered-by server vary")).toBe("4 headers (3 of the framework, vary)");
    expect(await titleOf("etag x-powered-by server vary expires link")).toBe(
      "6 headers (3 of the framework, expires, link and 1 more)",
    );
    expect(await titleOf("x-a x-b x-c x-d")).toBe("4 headers (removed: x-a, x-b, …)");
  });
});
