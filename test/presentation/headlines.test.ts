import { describe, expect, it } from "vitest";
import { excusedText } from "../../src/presentation/verdict/excused-text.ts";
import { headlines, wideCauses } from "../../src/presentation/verdict/headlines.ts";
import { statusRows } from "../../src/presentation/statuses/status-rows.ts";
import { NOW, outcome, reportOf, rule, statusPairs, type Rows } from "../report/memory-reader.ts";

const FRAMEWORK = ["a", "b", "c", "d"].map((name) => `header x-${name} missing raw`);
const MISSING = "status 200->404 status raw";

/** `/db` is gone, `/posts` has another price, and all endpoints lack the headers of the framework. */
const ROWS: Rows = {
  outcomes: [
    outcome(40, [...FRAMEWORK, MISSING], { endpoint: "GET /db" }),
    outcome(900, [...FRAMEWORK, "body $.price value raw"], { endpoint: "GET /posts" }),
    outcome(5, [...FRAMEWORK, "status 500->200 status raw"], { endpoint: "GET /posts" }),
    outcome(200, FRAMEWORK, { endpoint: "GET /tags" }),
  ],
  statuses: [
    statusPairs(200, 404, 40, { endpoint: "GET /db" }),
    statusPairs(500, 200, 5, { endpoint: "GET /posts" }),
    statusPairs(200, 200, 900, { endpoint: "GET /posts" }),
  ],
};

describe("headlines", () => {
  it("begin with what breaks, from which status to which, where and how often", async () => {
    expect(headlines(await reportOf(ROWS))).toEqual([
      "break: status 200 → 404 in 40 of 40 responses of GET /db",
      "fix: status 500 → 200 in 5 of 905 responses of GET /posts; and 2 more findings",
    ]);
  });

  it("name the same cause on several endpoints once", async () => {
    const outcomes = ["GET /a", "GET /b", "GET /c"].map((endpoint) => outcome(40, [MISSING], { endpoint }));
    expect(headlines(await reportOf({ outcomes }))).toEqual([
      "break: status 200 → 404 in 120 of 120 responses of 3 endpoints (GET /a, GET /b, …)",
    ]);
    const last = wideCauses(await reportOf(ROWS)).at(-1);
    expect([last?.cause.title, last?.count, last?.endpoints.length]).toEqual([
      "4 headers (removed: x-a, x-b, …)",
      1145,
      3,
    ]);
  });

  it("name endpoints beyond the cap without brackets in brackets", async () => {
    const outcomes = ["(other endpoints)", "GET /b"].map((endpoint) => outcome(40, [MISSING], { endpoint }));
    expect(headlines(await reportOf({ outcomes }))[0]).toContain("of 2 endpoints (other endpoints, GET /b)");
  });

  it("count the fields of a cause if it has many", async () => {
    const outcomes = ["GET /a", "GET /b"].map((endpoint) => outcome(40, FRAMEWORK, { endpoint }));
    const body = ["a", "b", "c", "d"].map((name) => `body $.${name} value raw`);
    expect(headlines(await reportOf({ outcomes: [...outcomes, outcome(40, body, { endpoint: "GET /c" })] }))).toEqual([
      "body $.a, $.b, $.c and 1 more (changed) in 40 of 40 responses of GET /c",
      "4 headers (removed: x-a, x-b, …) in 80 of 80 responses of 2 endpoints (GET /a, GET /b)",
    ]);
  });

  it("name a slower candidate after statuses and before bodies", async () => {
    const report = await reportOf({ outcomes: [outcome(900, ["body $.price value raw"]), outcome(40, [MISSING])] });
    const ratio = { estimate: 3.1, low: 3, high: 3.2 };
    const slow = {
      ...report,
      latency: { ...report.latency, ratio, ratioVerdict: "fail" as const, verdict: "fail" as const },
    };
    expect(headlines(slow)).toEqual([
      "break: status 200 → 404 in 40 of 940 responses of GET /orders/{id}",
      "slower: the candidate takes 3.1× as long as the primary on all endpoints together (allowed 1.1×); and 1 more finding",
    ]);
  });

  it("name the slow responses if only the slowest are slower, and the ratio since a change", async () => {
    const report = await reportOf({ outcomes: [outcome(40, [MISSING]), outcome(900, [])] });
    const { latency } = report;
    const [half, double] = [0.5, 2].map((estimate) => ({ estimate, low: estimate, high: estimate }));
    if (half === undefined || double === undefined) throw new Error("no ratio");
    const tail = {
      quantile: 0.95,
      factor: 3,
      limitMs: 19.9,
      candidate: 0.1,
      primary: 0.016,
      secondary: null,
      allowed: 0.025,
    };
    const tails = [{ ...tail, since: null, verdict: "fail" as const }];
    const slower = { ...latency, ratio: half, verdict: "fail" as const };
    expect(headlines({ ...report, latency: { ...slower, tails, ratioVerdict: "pass" } })[1]).toBe(
      "slower: 10% of responses take longer than 19.9 ms from the candidate, 1.6% from the primary, on all endpoints together",
    );
    const change = { since: 0, exchanges: 400, ratio: double };
    expect(headlines({ ...report, latency: { ...slower, change, ratioVerdict: "fail" } })[1]).toBe(
      "slower: the candidate takes 2× as long as the primary on all endpoints together (allowed 1.1×)",
    );
  });

  it("are the reasons of the verdict if no cause is open", async () => {
    expect(headlines(await reportOf({ outcomes: [outcome(5000, [])] }))).toEqual([
      "5,000 of 5,000 responses agree (parity 100%, required 99.9%)",
      "only one endpoint was compared: GET /orders/{id}",
    ]);
  });
});

describe("statusRows", () => {
  it("tells breaks, fixes and noise apart, with the state of their causes", async () => {
    const rules = [rule("200->403", { section: "status" })];
    const outcomes = [
      outcome(7, [MISSING]),
      outcome(9, ["status 500->200 status raw"]),
      outcome(30, ["status 200->304 status both"]),
      outcome(5, ["status 200->304 status noise"]),
      outcome(8, ["status 200->403 status raw"]),
      outcome(2, ["transport $ transport raw"]),
      outcome(900, []),
    ];
    const pairs = [statusPairs(200, 404, 7), statusPairs(500, 200, 9), statusPairs(200, 304, 30)];
    const statuses = [...pairs, statusPairs(200, 403, 8), statusPairs(200, 0, 2), statusPairs(200, 200, 900)];
    const rows = statusRows(await reportOf({ outcomes, statuses, rules }));
    expect(
      rows.map(({ kind, primary, candidate, count, secondary, state }) => [
        `${kind} ${primary} ${candidate}`,
        count,
        secondary,
        state,
      ]),
    ).toEqual([
      ["break 200 404", 7, 0, "new"],
      ["break 200 0", 2, 0, "new"],
      ["fix 500 200", 9, 0, "new"],
      ["noise 200 304", 30, 35, "new"],
      ["break 200 403", 8, 0, "hidden by rule rule-1"],
    ]);
  });

  it("knows the cause of every pair in runs of earlier versions", async () => {
    const outcomes = [outcome(9, ["status $ status raw"])];
    const rows = statusRows(
      await reportOf({ outcomes, statuses: [statusPairs(200, 404, 6), statusPairs(200, 500, 3)] }),
    );
    expect(rows.map(({ candidate, cause }) => [candidate, cause?.title])).toEqual([
      [404, "status changed"],
      [500, "status changed"],
    ]);
  });
});

describe("excusedText", () => {
  it("says why responses that differ do not count", async () => {
    const noise = outcome(40, ["body $.now value both"]);
    expect(excusedText((await reportOf({ outcomes: [noise] })).endpoints)).toBe(
      "40 of the 40 that differ do not count: noise",
    );
    const outcomes = [noise, outcome(3, ["header etag header raw"]), outcome(1, [MISSING])];
    const rules = [rule("etag", { section: "header", expiresAt: NOW + 1 })];
    expect(excusedText((await reportOf({ outcomes, rules })).endpoints)).toBe(
      "43 of the 44 that differ do not count: noise, hidden by rules",
    );
    expect(excusedText((await reportOf({ outcomes: [outcome(5, []), outcome(1, [MISSING])] })).endpoints)).toBeNull();
  });
});

describe("the order of endpoints", () => {
  it("has a different status before bodies before headers, however often they differ", async () => {
    const outcomes = [
      outcome(4000, ["header etag header raw"], { endpoint: "GET /headers" }),
      outcome(3000, ["body $.price value raw"], { endpoint: "GET /bodies" }),
      outcome(2000, [MISSING], { endpoint: "GET /statuses" }),
    ];
    const { endpoints, reasons } = await reportOf({ outcomes });
    const order = ["GET /statuses", "GET /bodies", "GET /headers"];
    expect(endpoints.map(({ endpoint }) => endpoint)).toEqual(order);
    expect(reasons.slice(0, 3).map((reason) => reason.split(":")[0])).toEqual(order);
  });
});
