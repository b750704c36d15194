import { describe, expect, it } from "vitest";
import type { Placebo } from "../../../src/model/report.ts";
import { judgePlacebo } from "../../../src/report/judge/placebo.ts";
import { byEndpoint } from "../memory-blocks.ts";
import { GATE, latencyTotals, measured, outcome, statusPairs, type Rows } from "../memory-reader.ts";

function placebo({ outcomes = [], minutes = [], statuses = [] }: Rows, gate = GATE): Placebo | null {
  const rows = {
    outcomes: byEndpoint(outcomes),
    latencies: latencyTotals(minutes),
    statuses: byEndpoint(statuses),
    blocks: [],
  };
  return judgePlacebo(rows, gate);
}

const NOW = "body $.now value";

describe("judgePlacebo", () => {
  it("finds nothing if only the candidate changed and the rest is noise", () => {
    const outcomes = [
      outcome(4000, [`${NOW} both`]),
      outcome(500, [`${NOW} both`, "body $.price value raw"]),
      outcome(600, [`${NOW} noise`]),
      outcome(590, [`${NOW} raw`]),
    ];
    expect(placebo({ outcomes })).toEqual({
      compared: 5690,
      parity: { rate: 1, low: expect.closeTo(0.9993, 3), high: 1 },
      verdict: "pass",
      fields: 2,
      falselyReal: 0,
      falseAlarmRate: 0,
      latencyRatio: null,
    });
  });

  it("shows that the secondary is not a copy of the primary: its changes are called real", () => {
    const outcomes = [outcome(400, []), outcome(100, ["body $.flag value noise", "header etag header both"])];
    expect(placebo({ outcomes })).toMatchObject({
      compared: 500,
      parity: { rate: 0.8 },
      verdict: "fail",
      fields: 2,
      falselyReal: 1,
      falseAlarmRate: 0.5,
    });
  });

  it("uses pairs only, without sets beyond the cap", () => {
    const outcomes = [
      outcome(300, []),
      outcome(900, [`${NOW} raw`], { paired: false }),
      outcome(50, [], { beyondCap: true, overflow: true }),
    ];
    expect(placebo({ outcomes })).toMatchObject({ compared: 300, fields: 0, falseAlarmRate: 0, parity: { rate: 1 } });
    expect(placebo({ outcomes: [outcome(9, [], { paired: false })] })).toBeNull();
  });

  it("holds the secondary's latencies to the gate, with the candidate as its twin", () => {
    const outcomes = [outcome(5000, [])];
    const minutes = [
      ...measured("ratio", { 1: 5000 }),
      ...measured("bias", { 1.3: 5000 }),
      ...measured("twin", { [1 / 1.3]: 5000 }),
    ];
    const slow = placebo({ outcomes, minutes });
    expect(slow).toMatchObject({ verdict: "fail", latencyRatio: { estimate: expect.closeTo(1.3, 2) } });
    const overhead = [...measured("ratio", { 1.2: 5000 }), ...measured("bias", { 1.2: 5000 })];
    const alike = placebo({ outcomes, minutes: [...overhead, ...measured("twin", { 1: 5000 })] });
    expect(alike?.verdict).toBe("pass");
  });

  it("counts the secondary's errors, and requires no coverage", () => {
    const outcomes = [outcome(5000, [])];
    const statuses = [
      statusPairs(200, 500, 5000),
      statusPairs(200, 200, 4900, { role: "secondary" }),
      statusPairs(200, 500, 100, { role: "secondary" }),
    ];
    expect(placebo({ outcomes, statuses })?.verdict).toBe("fail");
    expect(placebo({ outcomes, statuses: statuses.slice(0, 2) }, { ...GATE, coverage: ["GET /never"] })?.verdict).toBe(
      "pass",
    );
  });
});
