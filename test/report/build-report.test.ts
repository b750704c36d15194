import { describe, expect, it } from "vitest";
import type { AccountingCount } from "../../src/model/accounting.ts";
import type { Report } from "../../src/model/report.ts";
import type { OutcomeRow } from "../../src/store/store.ts";
import { bucketOf, valueAt } from "../../src/lib/log-buckets.ts";
import { OVERFLOW_ENDPOINT } from "../../src/model/difference.ts";
import { GATE, measured, ORDERS, outcome, reportOf, RUN, statusPairs } from "./memory-reader.ts";

function counted(
  fate: AccountingCount["fate"],
  count: number,
  reason: AccountingCount["reason"] = "",
): AccountingCount {
  return { minute: 0, candidate: "v2", fate, reason, count };
}

/** A difference set beyond the cap. */
function beyond(differed: boolean): Partial<OutcomeRow> {
  return { beyondCap: true, overflow: differed };
}

function named(endpoint: string, count: number, marks: readonly string[]): OutcomeRow {
  return outcome(count, marks, { endpoint });
}

const withFailures = (failed: number): Promise<Report> =>
  reportOf({
    outcomes: [outcome(10_000 - failed, []), outcome(failed, ["transport $ transport raw"])],
    statuses: [statusPairs(200, 200, 10_000 - failed), statusPairs(200, 0, failed)],
  });

const verdictOfBad = async (outcomes: readonly OutcomeRow[]) =>
  (await reportOf({ outcomes })).endpoints.find(({ endpoint }) => endpoint === "GET /bad")?.verdict;

const seen = (count: number): Promise<Report> => reportOf({ outcomes: [outcome(count, ["body $.x value raw"])] });

describe("buildReport", () => {
  it("is inconclusive and complete for a run without rows", async () => {
    expect(await reportOf({})).toEqual({
      version: 1,
      run: { id: RUN.id, name: "calculator 2", startedAt: RUN.startedAt, endedAt: null, labels: RUN.labels },
      candidate: "v2",
      verdict: "inconclusive",
      reasons: ["nothing compared: no request received"],
      gate: RUN.gate,
      accounting: {
        received: 0,
        inFlight: 0,
        interrupted: 0,
        lost: 0,
        forgotten: 0,
        sampledOut: 0,
        mirrored: 0,
        compared: 0,
        matched: 0,
        differed: 0,
        noiseCompared: 0,
        notMirrored: {},
        dropped: {},
        skipped: {},
      },
      parity: { rate: 0, low: 0, high: 1 },
      parityVerdict: "inconclusive",
      latency: {
        primary: { p50: null, p95: null, p99: null },
        candidate: { p50: null, p95: null, p99: null },
        secondary: { p50: null, p95: null, p99: null },
        ratio: null,
        twin: null,
        bias: null,
        allowed: 1.1,
        excusedOverhead: 1.25,
        inflation: null,
        coldStart: 0,
        change: null,
        tails: [],
        ratioVerdict: null,
        verdict: null,
      },
      needed: 4104,
      errors: { primary: { rate: 0, low: 0, high: 1 }, candidate: { rate: 0, low: 0, high: 1 }, verdict: "pass" },
      primarySuccess: null,
      placebo: null,
      explanationPlacebo: null,
      rules: [],
      suggestions: [],
      uncovered: [],
      overflow: { endpoints: 0, templates: [], differenceSets: 0, fields: 0 },
      endpoints: [],
    });
  });

  it("says of each replica that was killed how much it can have lost", async () => {
    const lostReplicas = [
      {
        name: "web-2",
        lastHeartbeatAt: Date.UTC(2026, 10, 20, 10, 3, 20),
        uncommitted: 12,
        rate: 1000.4,
        silentMs: 10_500,
      },
      { name: "web-3", lastHeartbeatAt: Date.UTC(2026, 10, 20, 10, 4), uncommitted: 0, rate: 0, silentMs: 60_000 },
      { name: "web-4", lastHeartbeatAt: Date.UTC(2026, 10, 20, 10, 5), uncommitted: 5, rate: 20, silentMs: 33_400 },
    ];
    const report = await reportOf({ lostReplicas });
    expect(report.lostReplicas).toEqual(lostReplicas);
    expect(report.reasons.slice(-3)).toEqual([
      "replica web-2 stopped without ending; its last heartbeat was at 2026-11-20 10:03:20 UTC (12 not committed, 1,000 per second): at most about 2,013 requests are not counted",
      "replica web-3 stopped without ending; its last heartbeat was at 2026-11-20 10:04:00 UTC (0 not committed, 0 per second): nothing is missing, unless requests came after that",
      "replica web-4 stopped without ending; its last heartbeat was at 2026-11-20 10:05:00 UTC (5 not committed, 20 per second): at most about 45 requests are not counted, and if it went on while the database was away, 20 more for each second (34 at most)",
    ]);
  });

  it("sums the accounting by reason and keeps its invariants", async () => {
    const { accounting } = await reportOf({
      accounting: [
        counted("received", 100),
        counted("received", 50),
        counted("notMirrored", 20, "method"),
        counted("notMirrored", 3, "loop"),
        counted("sampledOut", 30),
        counted("dropped", 4, "queue"),
        counted("dropped", 1, "queue"),
        counted("dropped", 2, "bytes"),
        counted("mirrored", 90),
        counted("skipped", 7, "client-aborted"),
      ],
      outcomes: [
        outcome(60, []),
        outcome(20, ["body $.x value raw"], { paired: false }),
        outcome(3, ["body $.x value noise"]),
      ],
    });
    expect(accounting).toEqual({
      received: 150,
      inFlight: 0,
      interrupted: 0,
      lost: 0,
      forgotten: 0,
      sampledOut: 30,
      mirrored: 90,
      compared: 83,
      matched: 63,
      differed: 20,
      noiseCompared: 63,
      notMirrored: { method: 20, loop: 3 },
      dropped: { queue: 5, bytes: 2 },
      skipped: { "client-aborted": 7 },
    });
    expect(accounting.received).toBe(20 + 3 + accounting.sampledOut + accounting.mirrored + 5 + 2);
    expect(accounting.mirrored).toBe(accounting.compared + 7);
    expect(accounting.compared).toBe(accounting.matched + accounting.differed);
  });

  it("counts an exchange against parity once, however many fields differ, and not for noise only", async () => {
    const report = await reportOf({
      outcomes: [
        outcome(1890, []),
        outcome(60, ["body $.now value both"]),
        outcome(20, ["body $.now value raw"]),
        outcome(20, ["body $.now value noise"]),
        outcome(8, ["body $.now value both", "body $.price value raw", "header etag header raw"]),
        outcome(2, ["body $.price value raw"]),
      ],
    });
    const [endpoint] = report.endpoints;
    expect(endpoint).toMatchObject({ compared: 2000, matched: 1910, differed: 90, noiseCompared: 2000 });
    expect(endpoint?.parity.rate).toBe(0.995);
    expect(report.parity).toEqual(endpoint?.parity);
    expect(endpoint?.differences).toMatchObject([
      { section: "body", path: "$.price", kind: "value", count: 10, noise: 0, both: 0, verdict: "real" },
      { section: "header", path: "etag", kind: "header", count: 8, noise: 0, both: 0, verdict: "real" },
      { section: "body", path: "$.now", kind: "value", count: 88, noise: 88, both: 68, verdict: "noise" },
    ]);
    expect(report.verdict).toBe("fail");
    expect(report.reasons[0]).toBe(
      "GET /orders/{id}: 10 of 2,000 responses differ in body $.price, header etag (parity 99.5%, required 99.9%)",
    );
  });

  it("counts a request in flight as received again when retention has deleted its minute", async () => {
    const later = [counted("received", 5), counted("inFlight", -1), counted("sampledOut", 6)];
    const { received, inFlight, lost } = (await reportOf({ accounting: later })).accounting;
    expect([received, inFlight, lost]).toEqual([6, 0, 0]);
  });

  it("counts a request as received again when its arrival was lost together with its proxy thread and the store thread", async () => {
    const later = [counted("received", 5), counted("interrupted", -1), counted("sampledOut", 6)];
    const { received, interrupted, lost } = (await reportOf({ accounting: later })).accounting;
    expect([received, interrupted, lost]).toEqual([6, 0, 0]);
  });

  it("passes a candidate that differs in noise only", async () => {
    const report = await reportOf({
      outcomes: [outcome(5, ["body $.now value raw"]), outcome(4995, ["body $.now value both"])],
    });
    expect([report.verdict, report.needed]).toEqual(["pass", 0]);
    expect(report.endpoints[0]).toMatchObject({ matched: 0, differed: 5000, parity: { rate: 1, high: 1 } });
  });

  it("excuses no difference on endpoints without a secondary response, and proves none that may be noise", async () => {
    const noise = ["body $.now value both"];
    const report = await reportOf({
      outcomes: [
        outcome(5000, noise),
        outcome(50, ["body $.now value raw"], { endpoint: "GET /alone", paired: false }),
      ],
    });
    expect(report.endpoints.map(({ endpoint, verdict }) => [endpoint, verdict])).toEqual([
      ["GET /alone", "inconclusive"],
      [ORDERS, "pass"],
    ]);
    expect(report.verdict).toBe("inconclusive");
  });

  it("has a placebo only with a secondary of its own, because a self-check asks later than the candidate is asked", async () => {
    const rows = { outcomes: [outcome(50, ["body $.now value both"])] };
    expect((await reportOf(rows)).placebo).not.toBeNull();
    expect((await reportOf(rows, { ...RUN, secondary: RUN.primary })).placebo).toBeNull();
  });

  it("asks for a secondary where noise may explain the differences", async () => {
    const report = await reportOf(
      { outcomes: [outcome(50, ["body $.now value raw"], { paired: false })] },
      { ...RUN, secondary: null },
    );
    expect(report.verdict).toBe("inconclusive");
    expect(report.reasons[0]).toBe(
      "without a secondary, noise looks like a change: add a secondary, or a self-check (--self-check 20)",
    );
  });

  it("says why responses are missing, and at which address", async () => {
    const failure = { route: "default", endpoint: "GET /orders/{id}", candidate: "v2", role: "candidate" } as const;
    const refused = { ...failure, kind: "refused", reason: "connection refused" } as const;
    const { reasons, endpoints } = await reportOf({
      outcomes: [outcome(9_960, []), outcome(40, ["transport $ transport raw"])],
      statuses: [statusPairs(200, 200, 9_960), statusPairs(200, 0, 40)],
      failures: [
        { ...refused, address: "http://127.0.0.1:9002", count: 30 },
        { ...refused, address: "http://127.0.0.1:9003", count: 8 },
        { ...failure, kind: "dns", reason: "host name b not found", address: "http://b:80", count: 2 },
        { ...refused, role: "secondary", address: "http://127.0.0.1:9004", count: 7 },
      ],
    });
    const text =
      "connection refused at http://127.0.0.1:9002 and http://127.0.0.1:9003, host name b not found at http://b:80";
    expect(reasons[0]).toBe(`GET /orders/{id}: 40 of 10,000 responses missing: ${text} (parity 99.6%, required 99.9%)`);
    expect(endpoints[0]?.causes.map(({ title }) => title)).toEqual([text]);
    expect(endpoints[0]?.differences[0]?.failures).toEqual([
      { kind: "refused", reason: "connection refused", address: "http://127.0.0.1:9002", count: 30 },
      { kind: "refused", reason: "connection refused", address: "http://127.0.0.1:9003", count: 8 },
      { kind: "dns", reason: "host name b not found", address: "http://b:80", count: 2 },
    ]);
  });

  it("names missing responses among other differences, and why the secondary has none", async () => {
    const failure = { route: "default", endpoint: "GET /orders/{id}", candidate: "v2", kind: "refused" } as const;
    const refused = { ...failure, reason: "connection refused", address: "http://127.0.0.1:9004", count: 40 };
    const { reasons } = await reportOf({
      outcomes: [
        outcome(9_900, [], { paired: false }),
        outcome(60, ["body $.x missing raw"], { paired: false }),
        outcome(40, ["transport $ transport raw"], { paired: false }),
      ],
      failures: [
        { ...refused, role: "candidate" },
        { ...refused, role: "secondary" },
      ],
    });
    expect(reasons.join("\n")).toContain("no complete response (connection refused at http://127.0.0.1:9004)");
    expect(reasons).toContain(
      "the secondary returned no usable response (connection refused at http://127.0.0.1:9004), so noise could not be measured",
    );
  });

  it("fails a run whose candidate fails more often than the primary, and no run for a single failure", async () => {
    expect(await withFailures(1)).toMatchObject({
      verdict: "pass",
      errors: { verdict: "pass", candidate: { rate: 0.0001 } },
    });
    expect((await withFailures(1)).endpoints[0]?.differences[0]).toMatchObject({
      section: "transport",
      verdict: "real",
    });
    expect(await withFailures(40)).toMatchObject({ verdict: "fail", errors: { verdict: "fail" } });
    expect((await withFailures(40)).endpoints[0]?.statusFlips).toEqual([{ primary: 200, candidate: 0, count: 40 }]);
    expect((await withFailures(40)).reasons).toEqual([
      "GET /orders/{id}: 40 of 10,000 responses differ in transport (parity 99.6%, required 99.9%)",
      "GET /orders/{id}: 40 of 10,000 responses are 5xx or incomplete from the candidate only, " +
        "0 from the primary only (allowed: 0.1% more than the primary)",
      "all endpoints: 40 of 10,000 responses differ (parity 99.6%, required 99.9%)",
      "all endpoints: 40 of 10,000 responses are 5xx or incomplete from the candidate only, " +
        "0 from the primary only (allowed: 0.1% more than the primary)",
    ]);
  });

  it("counts differing sets beyond the cap, and neither passes nor fails because of them", async () => {
    const report = await reportOf({
      outcomes: [
        outcome(1500, ["body $.now value both"]),
        outcome(300, [], beyond(true)),
        outcome(200, [], beyond(false)),
      ],
    });
    expect(report.accounting).toMatchObject({ compared: 2000, matched: 200, differed: 1800 });
    expect(report.parity.rate).toBe(0.85);
    expect(report.overflow).toEqual({ endpoints: 0, templates: [], differenceSets: 500, fields: 0 });
    expect(report.verdict).toBe("inconclusive");
  });

  it("does not excuse an exchange with unlisted differences, even if the listed ones are noise", async () => {
    const report = await reportOf({
      outcomes: [outcome(1999, ["body $.now value both"]), outcome(1, ["body $.now value both"], { overflow: true })],
    });
    expect(report.parity.rate).toBe(1999 / 2000);
  });

  it("excuses an exchange in which only the secondary has unlisted differences", async () => {
    const report = await reportOf({ outcomes: [outcome(2000, ["body $.now value noise"], { overflow: true })] });
    expect(report.accounting).toMatchObject({ matched: 2000, differed: 0 });
    expect(report.parity.rate).toBe(1);
  });

  it("counts responses on endpoints beyond the cap", async () => {
    const report = await reportOf({ outcomes: [outcome(1500, []), outcome(77, [], { endpoint: OVERFLOW_ENDPOINT })] });
    expect(report.overflow).toEqual({ endpoints: 77, templates: [], differenceSets: 0, fields: 0 });
    expect(report.reasons[1]).toBe(
      "77 responses on endpoints beyond the cap, counted as one endpoint; raise compare.maxEndpoints",
    );
  });

  it("proposes templates for endpoints that have used up the cap", async () => {
    const slugs = Array.from({ length: 12 }, (_, n) => `of-${"abcdefghijkl"[n]}`);
    const names = slugs.flatMap((slug) => [`GET /posts/${slug}`, `GET /tags/${slug}/feed`]).slice(1);
    const report = await reportOf({
      outcomes: [OVERFLOW_ENDPOINT, ...names, "GET /a"].map((endpoint) => outcome(1, [], { endpoint })),
    });
    expect(report.overflow.templates).toEqual(["GET /tags/{tag}/feed", "GET /posts/{post}"]);
    const words = await reportOf({
      outcomes: [OVERFLOW_ENDPOINT, ...names].map((endpoint) => outcome(3, [], { endpoint })),
    });
    expect(words.overflow.templates).toEqual([]);
  });

  it("separates endpoints of two routes, and sums them for the run", async () => {
    const report = await reportOf({ outcomes: [outcome(600, []), outcome(500, [], { route: "other" })] });
    expect(report.endpoints.map(({ route, compared }) => [route, compared])).toEqual([
      ["default", 600],
      ["other", 500],
    ]);
    expect(report.accounting.compared).toBe(1100);
  });

  it("lists failing endpoints first, then those that block the run, then the rest by differences", async () => {
    const report = await reportOf({
      outcomes: [
        named("GET /quiet", 10, []),
        named("GET /busy", 9000, []),
        named("GET /open", 900, []),
        named("GET /open", 2, ["body $.x value raw"]),
        named("GET /few", 5000, []),
        named("GET /few", 3, ["body $.x value raw"]),
        named("GET /bad", 9, ["body $.x value raw"]),
        named("GET /worse", 20, ["body $.x value raw"]),
      ],
    });
    expect(report.endpoints.map(({ endpoint, verdict }) => `${endpoint} ${verdict}`)).toEqual([
      "GET /worse fail",
      "GET /bad fail",
      "GET /open inconclusive",
      "GET /few inconclusive",
      "GET /busy pass",
      "GET /quiet inconclusive",
    ]);
  });

  it("requires more evidence from each endpoint the more there are", async () => {
    const bad = outcome(3, ["transport $ transport raw"], { endpoint: "GET /bad", paired: false });
    const others = Array.from({ length: 9 }, (_, index) => named(`GET /${index}`, 10, []));
    expect(await verdictOfBad([bad])).toBe("fail"); // E = 46.6
    expect(await verdictOfBad([bad, ...others])).toBe("inconclusive"); // of ten, one needs 200
  });

  it("does not fail while the differences may still be noise", async () => {
    expect([(await seen(5)).verdict, (await seen(6)).verdict]).toEqual(["inconclusive", "fail"]); // E = 15.6 and 28.8
    expect((await seen(5)).reasons[0]).toMatch(
      /^all endpoints: 5 of 5 responses differ .*, 5 of them possibly noise; cannot pass while more than 0.1% differ: .* noise$/,
    );
  });

  it("holds an endpoint to its own thresholds, and the run to their mean by traffic", async () => {
    const outcomes = [
      named("GET /flaky", 950, []),
      named("GET /flaky", 50, ["body $.x value raw"]),
      named("GET /a", 9000, []),
    ];
    const gate = { ...GATE, endpoints: [{ endpoint: "GET /flaky", parity: 0.9 }] };
    expect((await reportOf({ outcomes })).verdict).toBe("fail");
    expect(await reportOf({ outcomes }, { ...RUN, gate })).toMatchObject({
      verdict: "pass",
      endpoints: [
        { endpoint: "GET /flaky", verdict: "pass" },
        { endpoint: "GET /a", verdict: "pass" },
      ],
    });
  });

  it("does not pass while an endpoint of the coverage is missing", async () => {
    const gate = { ...GATE, coverage: ["GET /orders/*", "POST /pay"] };
    const report = await reportOf({ outcomes: [outcome(5000, [])] }, { ...RUN, gate });
    expect([report.verdict, report.uncovered]).toEqual(["inconclusive", ["POST /pay"]]);
  });

  it("fails a slow endpoint, but allows the overhead of mirroring", async () => {
    const slow = { outcomes: [outcome(5000, [])], minutes: measured("ratio", { 1.5: 5000 }) };
    const report = await reportOf(slow);
    expect(report.endpoints[0]?.reasons).toEqual([
      "the candidate takes 1.5× as long as the primary (1.5× – 1.5×, limit 1.1×)",
    ]);
    expect(report.latency).toMatchObject({ allowed: 1.1, verdict: "fail" });
    const overhead = [...measured("ratio", { 1.2: 5000 }), ...measured("bias", { 1.2: 5000 })];
    const loaded = { ...slow, minutes: [...overhead, ...measured("twin", { 1: 5000 })] };
    expect(await reportOf(loaded)).toMatchObject({ verdict: "pass", latency: { verdict: "pass" } });
  });

  it("is inconclusive if the latency is too close to the limit, but not because of one endpoint with little traffic", async () => {
    const outcomes = [outcome(5000, []), outcome(20, [], { endpoint: "GET /rare" })];
    const rare = measured("ratio", { 1: 10, 1.5: 10 }, { endpoint: "GET /rare" });
    const open = await reportOf({ outcomes, minutes: [...measured("ratio", { 1: 2500, 1.5: 2500 }), ...rare] });
    expect(open.verdict).toBe("inconclusive");
    expect(open.reasons).toEqual([
      expect.stringMatching(/^all endpoints: the candidate takes 1× as long as the primary /),
    ]);
    const sure = await reportOf({ outcomes, minutes: [...measured("ratio", { 1: 5000 }), ...rare] });
    expect(sure.verdict).toBe("pass");
    expect(sure.endpoints.map(({ verdict }) => verdict)).toEqual(["pass", "inconclusive"]);
  });

  it("judges endpoints with their own limit separately", async () => {
    const slow = { endpoint: "GET /slow" };
    const rows = {
      outcomes: [outcome(5000, []), outcome(5000, [], slow)],
      minutes: [...measured("ratio", { 1: 5000 }), ...measured("ratio", { 1.5: 5000 }, slow)],
    };
    const gate = { ...GATE, endpoints: [{ ...slow, latencyRatio: 2 }] };
    const report = await reportOf(rows, { ...RUN, gate });
    expect(report.endpoints.map(({ latency }) => latency.ratio?.estimate)).toEqual([
      expect.closeTo(1, 2),
      expect.closeTo(1.5, 2),
    ]);
    expect(report).toMatchObject({ verdict: "pass", latency: { verdict: "pass" } });
    expect((await reportOf(rows)).verdict).toBe("fail");
  });

  it("has the latencies of each endpoint, and of all endpoints for the run", async () => {
    const report = await reportOf({
      outcomes: [outcome(300, []), outcome(100, [], { endpoint: "GET /slow" })],
      minutes: [...measured("primary", { 10: 300 }), ...measured("primary", { 900: 100 }, { endpoint: "GET /slow" })],
    });
    // Half of 300, of 100, and 200 of 300; the 95th percentile is the 80th of the slow 100.
    const [fast, slow] = [bucketOf(10), bucketOf(900)];
    expect(report.endpoints[0]?.latency.primary.p50).toBeCloseTo(valueAt(fast + 1 / 2), 9);
    expect(report.endpoints[1]?.latency.primary.p50).toBeCloseTo(valueAt(slow + 1 / 2), 9);
    expect(report.latency.primary.p50).toBeCloseTo(valueAt(fast + 2 / 3), 9);
    expect(report.latency.primary.p95).toBeCloseTo(valueAt(slow + 80 / 100), 9);
  });
});
