import { describe, expect, it } from "vitest";
import type { FieldReport } from "../../../src/model/report.ts";
import { evidenceBar } from "../../../src/report/statistics/e-values.ts";
import type { Judgment } from "../../../src/report/judge/gate-thresholds.ts";
import { wilsonInterval } from "../../../src/report/statistics/wilson-interval.ts";
import { decideEndpointVerdict, type EndpointEvidence } from "../../../src/report/judge/endpoint-verdict.ts";
import { parityEvidence } from "../../../src/report/judge/parity-verdict.ts";
import { NO_SERIES } from "../../../src/report/statistics/block-series.ts";
import { GATE } from "../memory-reader.ts";

type Field = Pick<FieldReport, "section" | "path" | "kind" | "count" | "verdict">;

const PRICE: Field = { section: "body", path: "$.price", kind: "value", count: 31, verdict: "real" };
const NOISE: Field = { ...PRICE, path: "$.now", verdict: "noise" };
const ETAG: Field = { ...PRICE, section: "header", path: "etag", kind: "header", verdict: "likely" };
const PASS: Judgment = { verdict: "pass", reasons: [] };

function evidence(
  compared: number,
  counting: number,
  more: Partial<EndpointEvidence> = {},
): Omit<EndpointEvidence, "below"> {
  return {
    compared,
    counting,
    proven: counting,
    unknown: 0,
    parity: wilsonInterval(compared - counting, compared),
    fields: counting === 0 ? [NOISE] : [PRICE, NOISE],
    latency: null,
    errors: PASS,
    ...more,
  };
}

const judge = (of: Omit<EndpointEvidence, "below">, gate = GATE, bar = evidenceBar()): Judgment =>
  decideEndpointVerdict({ ...of, below: parityEvidence(of, gate, NO_SERIES) }, gate, bar);

describe("decideEndpointVerdict", () => {
  it("passes when parity is confirmed: 4,104 responses without a difference, 7,070 with one", () => {
    expect(judge(evidence(4104, 0))).toEqual({ verdict: "pass", reasons: [] });
    expect(judge(evidence(7070, 1))).toEqual({ verdict: "pass", reasons: [] });
    expect(judge(evidence(4103, 0)).verdict).toBe("inconclusive");
    expect(judge(evidence(7069, 1)).verdict).toBe("inconclusive");
  });

  it("names the status and counts many headers", () => {
    const headers = ["a", "b", "c", "d"].map(
      (path) => ({ section: "header", path, kind: "header", count: 40, verdict: "real" }) as const,
    );
    const status = { section: "status", path: "200->404", kind: "status", count: 40, verdict: "real" } as const;
    const { reasons } = judge(evidence(40, 40, { fields: [...headers, status] }));
    expect(reasons).toEqual([
      "40 of 40 responses differ in status 200 → 404 and 4 headers (parity 0%, required 99.9%)",
    ]);
  });

  it("fails when the differing share is above the limit, and names the fields that are not noise", () => {
    expect(judge(evidence(420, 31))).toEqual({
      verdict: "fail",
      reasons: ["31 of 420 responses differ in body $.price (parity 92.62%, required 99.9%)"],
    });
    const fields = [PRICE, ETAG, { ...PRICE, path: "$.a" }, { ...PRICE, path: "$.b" }, PRICE];
    expect(judge(evidence(420, 31, { fields })).reasons).toEqual([
      "31 of 420 responses differ in body $.price, body $.a, body $.b and 1 more (parity 92.62%, required 99.9%)",
    ]);
  });

  it("fails on three of three, on five of five if 50 endpoints are judged, and never on a single response", () => {
    expect([1, 2, 3].map((count) => judge(evidence(count, count)).verdict)).toEqual([
      "inconclusive",
      "inconclusive",
      "fail",
    ]);
    const bar = evidenceBar(50);
    expect([3, 4, 5].map((count) => judge(evidence(count, count), GATE, bar).verdict)).toEqual([
      "inconclusive",
      "inconclusive",
      "fail",
    ]);
  });

  it("names how many more responses are needed", () => {
    expect(judge(evidence(420, 0))).toEqual({
      verdict: "inconclusive",
      reasons: ["needs 3,684 more responses (420 so far) to confirm 99.9% parity"],
    });
    expect(judge(evidence(2500, 3))).toEqual({
      verdict: "inconclusive",
      reasons: [
        "3 of 2,500 responses differ in body $.price (parity 99.88%, required 99.9%); " +
          "needs 8,870 more responses without a difference (2,500 so far) to confirm 99.9% parity",
      ],
    });
  });

  it("names the minimum of the gate if that is more", () => {
    expect(judge(evidence(420, 0), { ...GATE, parity: 0.9 }).reasons).toEqual([
      "needs 580 more responses (420 of 1,000)",
    ]);
  });

  it("does not round a parity below the gate up to the gate", () => {
    const [reason] = judge(evidence(99_900, 100)).reasons;
    expect(reason).toContain("(parity 99.8999%, required 99.9%); needs ");
  });

  it("neither passes nor fails on differences with unknown fields", () => {
    const unknown = evidence(2000, 600, { proven: 0, unknown: 600, fields: [NOISE] });
    expect(judge(unknown)).toEqual({
      verdict: "inconclusive",
      reasons: [
        expect.stringMatching(
          /^600 of 2,000 responses differ in fields beyond the cap \(600, possibly noise\) \(parity 70%, required 99.9%\); cannot pass while more than 0\.1% differ: fix, accept or hide the causes$/,
        ),
      ],
    });
  });

  it("does not fail on differences that may be noise, and says so", () => {
    const [reason] = judge(evidence(420, 31, { proven: 0 })).reasons;
    expect(reason).toMatch(
      /^31 of 420 responses differ in body \$\.price \(parity 92\.62%, required 99\.9%\), 31 of them possibly noise; cannot pass while more than 0\.1% differ: fix, accept or hide the causes, unless they turn out to be noise$/,
    );
    expect(judge(evidence(420, 31, { proven: 20 })).verdict).toBe("fail");
  });

  it("fails on proven differences, whatever else there is", () => {
    expect(judge(evidence(2000, 600, { proven: 200, unknown: 400 })).verdict).toBe("fail");
  });

  it("with a gate of 100%, passes without a difference, fails with one, and never passes with an unknown one", () => {
    const strict = { ...GATE, parity: 1 };
    expect(judge(evidence(1000, 0), strict).verdict).toBe("pass");
    expect(judge(evidence(1_000_000, 1), strict).verdict).toBe("fail");
    expect(judge(evidence(1000, 1, { proven: 0, unknown: 1 }), strict)).toEqual({
      verdict: "inconclusive",
      reasons: [expect.stringMatching(/; cannot pass, because the gate allows no difference$/)],
    });
  });

  it("passes only if latency and errors pass, and fails if either fails", () => {
    const open: Judgment = { verdict: "inconclusive", reasons: ["latency is open"] };
    const slow: Judgment = { verdict: "fail", reasons: ["it is slow"] };
    const errors: Judgment = { verdict: "fail", reasons: ["it fails"] };
    expect(judge(evidence(5000, 0, { latency: PASS }))).toEqual({ verdict: "pass", reasons: [] });
    expect(judge(evidence(5000, 0, { latency: open }))).toEqual(open);
    expect(judge(evidence(420, 31, { latency: slow, errors }))).toEqual({
      verdict: "fail",
      reasons: ["31 of 420 responses differ in body $.price (parity 92.62%, required 99.9%)", "it fails", "it is slow"],
    });
  });
});
