import { describe, expect, it } from "vitest";
import { OVERFLOW_ENDPOINT } from "../../../src/model/difference.ts";
import type { EndpointReport, Report, Verdict } from "../../../src/model/report.ts";
import { viewSampling } from "../../../src/report/sampling/sampling-view.ts";
import { SharePlanner } from "../../../src/report/sampling/share-planner.ts";
import { RUN } from "../../store/store-fixture.ts";

const CANDIDATE = { route: "default", candidate: "v2" };
const POLICY = { ...CANDIDATE, sampling: { budget: 100, floor: 1 }, percent: 100 };

/** A report of endpoints by verdict; the others of an endpoint report do not matter here. */
function report(endpoints: Readonly<Record<string, Verdict>>, route = "default"): Pick<Report, "gate" | "endpoints"> {
  const all = Object.entries(endpoints).map(([endpoint, verdict]) => ({
    route,
    endpoint,
    verdict,
    compared: 1_000,
    parity: { rate: 1, low: 0.99, high: 1 },
  }));
  return { gate: RUN.gate, endpoints: all as unknown as readonly EndpointReport[] };
}

/** Plans every five seconds of steady traffic, by endpoint in requests per second. */
function planSteadily(
  planner: SharePlanner,
  traffic: Readonly<Record<string, number>>,
  known: Pick<Report, "gate" | "endpoints"> | null,
  plans = 20,
) {
  let shares = planner.plan(POLICY, known, { seconds: 5, now: 0 });
  for (let plan = 0; plan < plans; plan += 1) {
    for (const [endpoint, perSecond] of Object.entries(traffic)) {
      planner.arrived(0, { ...CANDIDATE, endpoint, requests: 5 * perSecond, mirrored: 5 * perSecond });
    }
    shares = planner.plan(POLICY, known, { seconds: 5, now: plan * 5_000 });
  }
  return shares;
}

describe("the planner of a candidate's shares", () => {
  it("lowers an endpoint once its verdict is known, and gives its part to the others", () => {
    const planner = new SharePlanner(CANDIDATE, 1);
    const traffic = { "GET /often": 1_000, "GET /seldom": 40 };
    const before = planSteadily(planner, traffic, null);
    expect(before.levels).toEqual(
      new Map([
        ["GET /often", 5],
        ["GET /seldom", 0],
      ]),
    );
    const after = planSteadily(planner, traffic, report({ "GET /often": "pass", "GET /seldom": "inconclusive" }));
    expect(after.levels).toEqual(
      new Map([
        ["GET /often", 6],
        ["GET /seldom", 0],
      ]),
    );
    // Half a percent of the time lies before the first request.
    expect(planner.state.expected / (1_000 / 64 + 40)).toBeCloseTo(1, 1);
    expect(planner.state.used / 1_040).toBeCloseTo(1, 1);
  });

  it("knows the endpoints of its own route only", () => {
    const planner = new SharePlanner(CANDIDATE, 1);
    const { levels } = planSteadily(planner, { "GET /a": 1_000 }, report({ "GET /a": "pass" }, "other"));
    expect(levels.get("GET /a")).toBe(4);
  });

  it("plans endpoints beyond the maximum of a run together, also for names that it has not seen", () => {
    const planner = new SharePlanner(CANDIDATE, 1);
    const traffic = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`GET /x${at}`, 2]));
    const known = report({ "GET /x0": "pass", [OVERFLOW_ENDPOINT]: "pass" });
    const shares = planSteadily(planner, traffic, known);
    expect([...shares.levels]).toEqual([
      ["GET /x0", 6],
      [OVERFLOW_ENDPOINT, 6],
    ]);
    expect(shares.otherwise).toBe(6);
    expect(planner.state.endpoints.at(1)?.perSecond).toBeCloseTo(998, 0);
  });

  it("divides the budget among the proxy threads by their traffic, and leaves something for each", () => {
    const planner = new SharePlanner(CANDIDATE, 4);
    const even = planner.plan(POLICY, null, { seconds: 5, now: 0 }).perSecond;
    expect(even).toEqual([25, 25, 25, 25]);
    planner.arrived(2, { ...CANDIDATE, endpoint: "GET /a", requests: 300, mirrored: 0 });
    planner.arrived(3, { ...CANDIDATE, endpoint: "GET /a", requests: 100, mirrored: 0 });
    const uneven = planner.plan(POLICY, null, { seconds: 5, now: 5_000 }).perSecond;
    expect(uneven).toEqual([5, 5, 65, 25]);
  });

  it("shows the endpoints that are raised first, and how many there are of each kind", () => {
    const planner = new SharePlanner(CANDIDATE, 1);
    const traffic = { "GET /a": 1_000, "GET /b": 40, "GET /c": 10 };
    planSteadily(planner, traffic, report({ "GET /a": "pass", "GET /b": "inconclusive", "GET /c": "fail" }));
    const view = viewSampling(POLICY, planner.state);
    expect(view.needs).toEqual({ suspect: 1, undecided: 1, settled: 1 });
    expect(view.endpoints.map(({ endpoint, percent }) => [endpoint, percent])).toEqual([
      ["GET /c", 100],
      ["GET /b", 100],
      ["GET /a", 100 / 64],
    ]);
  });
});
