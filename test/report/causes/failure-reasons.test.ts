import { describe, expect, it } from "vitest";
import type { FailureCount } from "../../../src/model/difference.ts";
import type { Review } from "../../../src/model/review.ts";
import { reviewedCause } from "../../../src/report/causes/reviewed-cause.ts";
import { NOW, outcome, reportOf, type Rows } from "../memory-reader.ts";

const MISSING = "transport $ transport raw";
const CLOSED = ["reset", "connection closed after the response head"] as const;
const REFUSED = ["refused", "connection refused"] as const;

type Failure = readonly [kind: FailureCount["kind"], reason: string, count?: number, address?: string];

/** Exchanges of one endpoint whose responses are missing. */
function rowsOf(...failures: readonly Failure[]): Rows {
  const endpoint = "GET /bytes/{id}";
  const rows = failures.map(([kind, reason, count = 20, address = "http://127.0.0.1:9002"]): FailureCount => ({
    route: "default",
    endpoint,
    candidate: "v2",
    role: "candidate",
    kind,
    reason,
    address,
    count,
  }));
  const missing = rows.reduce((sum, { count }) => sum + count, 0);
  return { outcomes: [outcome(9_000, [], { endpoint }), outcome(missing, [MISSING], { endpoint })], failures: rows };
}

async function causesOf(rows: Rows) {
  return (await reportOf(rows)).endpoints.flatMap(({ causes }) => causes);
}

/** A review of the only cause as the API stores it. */
async function reviewOf(rows: Rows): Promise<Review> {
  const report = await reportOf(rows);
  const about = reviewedCause(report, report.endpoints[0]?.causes[0]?.signature ?? "");
  if (about === undefined) throw new Error("there is no cause");
  return { ...about, decision: "accepted", reason: "agreed", by: "ann", at: NOW - 9, expiresAt: null };
}

/** State and parity once the reviews are in force. */
async function decided(rows: Rows, ...reviews: readonly Review[]) {
  const report = await reportOf({ ...rows, reviews });
  return [report.endpoints[0]?.causes[0]?.state, report.parity.rate === 1];
}

async function signatures(...failures: readonly Failure[]) {
  return (await causesOf(rowsOf(...failures))).map(({ signature }) => signature);
}

async function stateAfter(earlier: Rows, rows: Rows) {
  return (await causesOf({ ...rows, earlier })).map(({ state }) => state);
}

describe("the reasons why responses are missing", () => {
  it("are part of the look: an acceptance covers those that were reviewed, and a new one counts, however rare", async () => {
    const closed = await reviewOf(rowsOf(CLOSED));
    expect(await decided(rowsOf(CLOSED), closed)).toEqual(["accepted", true]);
    expect(await decided(rowsOf(REFUSED), closed)).toEqual(["changed", false]);
    expect(await decided(rowsOf([...CLOSED, 5_000], [...REFUSED, 1]), closed)).toEqual(["changed", false]);
    const both = await reviewOf(rowsOf(CLOSED, REFUSED));
    expect(await decided(rowsOf(CLOSED, REFUSED), closed, both)).toEqual(["accepted", true]);
    expect(await decided(rowsOf(REFUSED), both)).toEqual(["accepted", true]);
  });

  it("give causes signatures of their own, without addresses, counts, order and numbers", async () => {
    const [closed, refused, both] = [
      await signatures(CLOSED),
      await signatures(REFUSED),
      await signatures(CLOSED, REFUSED),
    ];
    expect(new Set([closed, refused, both].flat()).size).toBe(3);
    expect(await signatures([...REFUSED, 3, "http://10.0.0.7:81"], CLOSED)).toEqual(both);
    const [slow, slower] = [
      await signatures(["timeout", "timed out (5000 ms)"]),
      await signatures(["timeout", "timed out (9 ms)"]),
    ];
    expect(slow).toEqual(slower);
  });

  it("are not covered by an acceptance of an earlier version, which names none", async () => {
    const review = await reviewOf(rowsOf(CLOSED));
    const old = { ...review, fields: review.fields.map(({ reason: _reason, ...field }) => field) };
    expect(await decided(rowsOf(CLOSED), old)).toEqual(["changed", false]);
  });

  it("cannot escape a denial: it holds for every reason", async () => {
    const denied = { ...(await reviewOf(rowsOf(CLOSED))), decision: "denied" } as const;
    expect(await decided(rowsOf(REFUSED), denied)).toEqual(["denied", false]);
  });

  it("make a cause known only if the run before had them all", async () => {
    expect(await stateAfter(rowsOf(CLOSED, REFUSED), rowsOf(CLOSED))).toEqual(["known"]);
    expect(await stateAfter(rowsOf(CLOSED), rowsOf(CLOSED, REFUSED))).toEqual(["new"]);
  });
});
