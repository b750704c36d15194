import { describe, expect, it } from "vitest";
import type { Report } from "../../../src/model/report.ts";
import type { Run } from "../../../src/model/run.ts";
import { BaselineError, reportAgainstBaseline } from "../../../src/report/baseline/report-against.ts";
import { openSqliteReader } from "../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import { baselineText } from "../../../src/presentation/verdict/baseline-text.ts";
import { newPath } from "../../store/new-path.ts";
import { batch, OPTIONS, RUN as STORED_RUN } from "../../store/store-fixture.ts";
import { endpoint } from "../counted-report.ts";
import {
  context,
  EARLIER_RUN,
  memoryReader,
  ORDERS,
  outcome,
  related,
  reportOf,
  rule,
  RUN,
  statusPairs,
  type Rows,
} from "../memory-reader.ts";

const PRICE = "body $.price value raw";
const TOTAL = "body $.total value raw";

function against(rows: Rows, earlier: Rows, runs: { run?: Run; baseline?: Run } = {}): Promise<Report> {
  const source = { run: RUN, baseline: EARLIER_RUN, candidate: "v2", ...runs };
  return reportAgainstBaseline(memoryReader({ ...rows, earlier }), source, context());
}

/** `body $.price (changed) baseline` */
function causesOf({ endpoints }: Report): readonly string[] {
  return endpoints.flatMap(({ causes }) => causes.map(({ title, state }) => `${title} ${state}`));
}

const many = (count: number, marks: readonly string[]): Rows => ({
  outcomes: [outcome(5000 - count, []), outcome(count, marks)],
});

/** The candidate responds with 500 so often. */
const failing = (count: number): Rows => ({
  ...many(count, ["status 200->500 status raw"]),
  statuses: [statusPairs(200, 200, 5000 - count), statusPairs(200, 500, count)],
});

/** Responses that are missing for a reason. */
const missing = (reason: string): Rows => ({
  ...many(500, ["transport $ transport raw"]),
  failures: [
    {
      route: "default",
      endpoint: ORDERS,
      candidate: "v2",
      role: "candidate",
      kind: "reset",
      reason,
      address: "",
      count: 500,
    },
  ],
});

/** The verdict of each latency with the largest ratio that passes. */
const latencyVerdicts = ({ endpoints }: Report) =>
  Object.fromEntries(endpoints.map(({ endpoint: name, latency }) => [name, [latency.verdict, latency.allowed]]));

describe("a report against a baseline", () => {
  it("passes if everything that differs differed in the baseline with the same look", async () => {
    const rows = many(1000, [PRICE, "header etag header raw"]);
    expect((await reportOf(rows)).verdict).toBe("fail");
    const report = await against(rows, rows);
    expect([report.verdict, report.parity.rate, causesOf(report)]).toEqual([
      "pass",
      1,
      ["body $.price (changed) baseline", "header etag (changed) baseline"],
    ]);
    expect(report.accounting.differed).toBe(1000);
    const { id, name, startedAt } = EARLIER_RUN;
    expect(report.baseline).toEqual({ id, name, startedAt, causes: 2, slowEndpoints: 0, differed: 1000, errors: 0 });
    expect(baselineText(report)).toBe(
      `against the baseline calculator 2 (${id}): 2 causes (1,000 responses) are known and not judged`,
    );
  });

  it("judges what is new, and never in one cause with what is known", async () => {
    const report = await against(many(1000, [PRICE, TOTAL]), many(1000, [PRICE]));
    expect(report.verdict).toBe("fail");
    expect(causesOf(report).toSorted()).toEqual(["body $.price (changed) baseline", "body $.total (changed) new"]);
    expect(report.reasons[0]).toBe(
      `${ORDERS}: 1,000 of 5,000 responses differ in body $.total (parity 80%, required 99.9%)`,
    );
  });

  it("takes another look for new, the same field of another endpoint too, and noise of the baseline for nothing", async () => {
    const rounded = { ...many(1000, [PRICE]), relations: [related(1000, "body $.price value rounding")] };
    expect((await against(rounded, many(1000, [PRICE]))).verdict).toBe("fail");
    expect((await against(rounded, rounded)).verdict).toBe("pass");
    const elsewhere = {
      outcomes: [outcome(4000, []), outcome(1000, [PRICE])].map((row) => ({ ...row, endpoint: "GET /b" })),
    };
    expect((await against(many(1000, [PRICE]), elsewhere)).verdict).toBe("fail");
    const noise = many(1000, ["body $.price value both"]);
    expect((await against(many(1000, [PRICE]), noise)).verdict).toBe("fail");
  });

  it("takes for new what shows clearly more than twice as often, and says so", async () => {
    const before = many(200, [PRICE]);
    expect((await against(many(390, [PRICE]), before)).verdict).toBe("pass");
    const report = await against(many(1000, [PRICE]), before);
    expect(report.verdict).toBe("fail");
    expect(report.reasons).toContain(
      `${ORDERS}: body $.price differs in 20% of responses, in the baseline 4%: more than twice as often counts as new`,
    );
  });

  it("takes errors for known that were there equally often, and not those that spread or have another reason", async () => {
    expect((await reportOf(failing(500))).errors.verdict).toBe("fail");
    const same = await against(failing(500), failing(500));
    expect([same.verdict, same.errors.verdict, same.endpoints[0]?.verdict]).toEqual(["pass", "pass", "pass"]);
    const spread = await against(failing(2500), failing(500));
    expect([spread.verdict, spread.errors.verdict]).toEqual(["fail", "fail"]);
    expect((await against(missing("ECONNRESET"), missing("ECONNRESET"))).verdict).toBe("pass");
    expect((await against(missing("EPIPE"), missing("ECONNRESET"))).verdict).toBe("fail");
  });

  it("leaves reviews as they are: accepted stays accepted, and denied counts although the baseline had it", async () => {
    const rows = many(1000, [PRICE]);
    const [cause] = (await reportOf(rows)).endpoints[0]?.causes ?? [];
    const review = {
      endpoints: [ORDERS],
      reason: "",
      by: "",
      at: 0,
      expiresAt: null,
      signature: "",
      title: "",
      fields: cause?.fields ?? [],
    };
    const decided = (decision: "accepted" | "denied") => against({ ...rows, reviews: [{ ...review, decision }] }, rows);
    expect(causesOf(await decided("accepted"))).toEqual(["body $.price (changed) accepted"]);
    const denied = await decided("denied");
    expect([denied.verdict, causesOf(denied)]).toEqual(["fail", ["body $.price (changed) denied"]]);
  });

  it("knows what a rule of the baseline hid, so that a rule that is removed makes nothing new", async () => {
    const rows = many(1000, [PRICE]);
    const baseline = { ...EARLIER_RUN, rules: [rule("$.price", { source: "configuration", createdAt: null })] };
    expect((await against(rows, rows, { baseline })).verdict).toBe("pass");
  });

  it("allows an endpoint that was too slow to be as slow again, and no slower", async () => {
    const path = newPath();
    const writer = openSqliteWriter(path, OPTIONS);
    const runs = ["base", "same", "slower"].map((id, index) => ({
      ...STORED_RUN,
      id,
      name: id,
      startedAt: STORED_RUN.startedAt + index,
    }));
    const ratios = { base: 3, same: 3.1, slower: 5 };
    for (const run of runs) {
      const ratio = ratios[run.id as keyof typeof ratios];
      await writer.beginRun(run);
      const counts = [endpoint("GET /slow", 7070, { [ratio]: 7070 }), endpoint("GET /fast", 7070, { 1: 7070 })];
      await writer.commit(
        run.id,
        counts.map((parts, index) => batch(`${run.id}-${index}`, parts)),
      );
    }
    await writer.close();
    const reader = openSqliteReader(path);
    const [baseline, same, slower] = runs;
    const reportOn = async (run: Run | undefined): Promise<Report> => {
      if (run === undefined || baseline === undefined) throw new Error("no run");
      return reportAgainstBaseline(reader, { run, baseline, candidate: "v2" }, context());
    };
    const [known, worse] = [await reportOn(same), await reportOn(slower)];
    await reader.close();
    expect(latencyVerdicts(known)).toEqual({
      "GET /slow": ["pass", expect.closeTo(3.3, 1)],
      "GET /fast": ["pass", 1.1],
    });
    expect([known.verdict, known.baseline?.slowEndpoints]).toEqual(["pass", 1]);
    expect(baselineText(known)).toContain(": the latency of 1 endpoint is known and not judged");
    expect(worse.verdict).toBe("fail");
    expect(latencyVerdicts(worse)["GET /slow"]).toEqual(["fail", expect.closeTo(3.3, 1)]);
  });

  it.each([
    [
      "the same run",
      { baseline: RUN },
      /^The run calculator 2 \(2026-11-20T10-00-00-ab12\) cannot be its own baseline; choose/,
    ],
    [
      "a run of another candidate",
      { baseline: { ...EARLIER_RUN, candidates: ["v3"] } },
      /has no candidate v2, but: v3; choose/,
    ],
    ["a run without traffic", {}, /has compared no response of v2; choose a run with traffic\.$/],
  ])("refuses %s as the baseline", async (_, runs, message) => {
    const refused = against(many(0, []), {}, runs);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toBeInstanceOf(BaselineError);
  });
});
