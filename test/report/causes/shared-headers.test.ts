import { describe, expect, it } from "vitest";
import type { Review } from "../../../src/model/review.ts";
import { ALL_ENDPOINTS } from "../../../src/model/review.ts";
import { NOW, outcome, reportOf, rule, type Rows } from "../memory-reader.ts";

const POWERED = "header x-powered-by missing raw";
const ORIGIN = "header access-control-allow-origin missing raw";
const VARY = "header vary extra raw";
const ETAG = "header etag header raw";
const PRICE = "body $.price value raw";

const on = (path: string, count: number, marks: readonly string[]) =>
  outcome(count, marks, { endpoint: `GET /${path}` });

/** `GET /a: title (2 endpoints): 100 new` */
async function summaries(rows: Rows): Promise<string[]> {
  return (await reportOf(rows)).endpoints.flatMap(({ endpoint, causes }) =>
    causes.map(({ title, endpoints, count, state }) => `${endpoint}: ${title} (${endpoints}): ${count} ${state}`),
  );
}

async function signatures(rows: Rows): Promise<Set<string>> {
  return new Set((await reportOf(rows)).endpoints.flatMap(({ causes }) => causes.map(({ signature }) => signature)));
}

/** A review as the API stores it: for all endpoints, with the fields of each. */
async function reviewOf(rows: Rows, more: Partial<Review> = {}): Promise<Review> {
  const causes = (await reportOf(rows)).endpoints.flatMap((each) => each.causes);
  const [first] = causes;
  if (first === undefined) throw new Error("there is no cause");
  const { signature, title } = first;
  const fields = causes.filter((cause) => cause.signature === signature).flatMap((cause) => cause.fields);
  const decided = { decision: "accepted", reason: "agreed", by: "ann", at: NOW, expiresAt: null } as const;
  return { signature, title, fields, endpoints: [ALL_ENDPOINTS], ...decided, ...more };
}

const FRAMEWORK = [POWERED, ORIGIN, VARY];
const rows: Rows = { outcomes: [on("a", 100, FRAMEWORK), on("b", 60, FRAMEWORK), on("c", 40, FRAMEWORK)] };

describe("headers of several endpoints", () => {
  it("that come and go together are one cause", async () => {
    const title = "header access-control-allow-origin, x-powered-by (removed); header vary (added)";
    expect(await summaries(rows)).toEqual([
      `GET /a: ${title} (3): 100 new`,
      `GET /b: ${title} (3): 60 new`,
      `GET /c: ${title} (3): 40 new`,
    ]);
    expect((await signatures(rows)).size).toBe(1);
  });

  it("are not grouped with bodies, with values that change, or with headers of other exchanges", async () => {
    const outcomes = [
      on("a", 50, [POWERED, ETAG, PRICE]),
      on("a", 50, [POWERED, PRICE]),
      on("b", 80, [POWERED, ETAG]),
      on("b", 80, [VARY]),
      on("c", 20, [VARY, "header server missing raw"]),
    ];
    expect(await summaries({ outcomes })).toEqual([
      "GET /a: body $.price (changed) (1): 100 new",
      "GET /a: header x-powered-by (removed) (2): 100 new",
      "GET /a: header etag (changed) (2): 50 new",
      "GET /b: header x-powered-by (removed) (2): 80 new",
      "GET /b: header vary (added) (2): 80 new",
      "GET /b: header etag (changed) (2): 80 new",
      "GET /c: header server (removed) (1): 20 new",
      "GET /c: header vary (added) (2): 20 new",
    ]);
  });

  it("take one review for all endpoints, also for those of later runs", async () => {
    const reviews = [await reviewOf(rows)];
    expect(await reportOf({ ...rows, reviews })).toMatchObject({ parity: { rate: 1 } });
    const later: Rows = { outcomes: [on("d", 100, [POWERED, ORIGIN]), on("a", 100, FRAMEWORK)], reviews };
    expect(await reportOf(later)).toMatchObject({ parity: { rate: 1 } });
    const alone: Rows = { outcomes: [on("d", 100, [POWERED])], reviews };
    expect(await summaries(alone)).toEqual(["GET /d: header x-powered-by (removed) (1): 100 accepted"]);
    const more: Rows = { outcomes: [on("a", 9, [...FRAMEWORK, "header server extra raw"])], reviews };
    expect((await reportOf(more)).endpoints[0]?.causes).toMatchObject([{ state: "changed" }]);
  });

  it("cannot be hidden by a rule on any endpoint once they were denied", async () => {
    const reviews = [await reviewOf(rows, { decision: "denied" })];
    const rules = [rule("*", { section: "header", endpoint: "**" })];
    expect(await reportOf({ ...rows, rules })).toMatchObject({ parity: { rate: 1 } });
    const report = await reportOf({ ...rows, rules, reviews });
    expect(report.parity.rate).toBe(0);
    expect(new Set(report.endpoints.flatMap(({ causes }) => causes.map(({ state }) => state)))).toEqual(
      new Set(["denied"]),
    );
  });

  it("that only one endpoint has keep a cause of their own, and noise stays apart", async () => {
    const noisy = "header x-powered-by missing both";
    const outcomes = [on("a", 100, [POWERED]), on("b", 60, [noisy]), on("c", 40, [VARY])];
    expect(await summaries({ outcomes })).toEqual([
      "GET /a: header x-powered-by (removed) (1): 100 new",
      "GET /c: header vary (added) (1): 40 new",
      "GET /b: header x-powered-by (removed) (1): 60 new",
    ]);
  });
});
