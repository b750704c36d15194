import { beforeEach, describe, expect, it } from "vitest";
import { MirrorControl } from "../../src/admin/mirror-control.ts";
import type { ControlChange, ControlState } from "../../src/model/control.ts";
import { configWith, routeTo } from "./admin-fixture.ts";

const ROUTES = [
  routeTo("users", [
    { subset: "v2", percent: 100, breaker: { failures: 5, openMs: 500 } },
    { subset: "v3", percent: 5 },
  ]),
  routeTo("orders", [{ subset: "v2", percent: 0 }]),
  { name: "moved", hosts: [], matches: [], action: { type: "direct-response", status: 410, headers: [], body: "" } },
] as const;

let now: number;
let applied: ControlState[];
let logged: ControlChange[];
let desk: MirrorControl;

beforeEach(() => {
  now = 1_000;
  applied = [];
  logged = [];
  desk = new MirrorControl({
    config: { ...configWith({}), routes: ROUTES },
    apply: (control) => Promise.resolve(void applied.push(control)),
    breaker: (route, candidate) => ({ state: "open", failures: route.length, opens: candidate.length }),
    changed: (change) => logged.push(change),
    now: () => (now += 1),
  });
});

const shares = () =>
  desk.view().candidates.map(({ configured, override, effective }) => [configured, override, effective]);

describe("the control desk", () => {
  it("begins with what is configured, route by route and candidate by candidate", () => {
    expect(desk.view()).toEqual({
      paused: false,
      candidates: [
        {
          route: "users",
          candidate: "v2",
          configured: 100,
          override: null,
          effective: 100,
          breaker: { state: "open", failures: 5, opens: 2 },
        },
        { route: "users", candidate: "v3", configured: 5, override: null, effective: 5, breaker: null },
        { route: "orders", candidate: "v2", configured: 0, override: null, effective: 0, breaker: null },
      ],
      changes: [],
    });
  });

  it("sets one candidate's share on one route, and gives it back to the configuration", async () => {
    await desk.setPercent("users", "v2", 12.3456, "10.0.0.1");
    await desk.setPercent("users", "v2", 50, "10.0.0.2");
    expect(shares()).toEqual([
      [100, 50, 50],
      [5, null, 5],
      [0, null, 0],
    ]);
    await desk.setPercent("users", "v2", null, "10.0.0.1");
    expect(shares()).toEqual([
      [100, null, 100],
      [5, null, 5],
      [0, null, 0],
    ]);
    expect(applied.map(({ percents }) => percents)).toEqual([
      [{ route: "users", candidate: "v2", percent: 12.3456 }],
      [{ route: "users", candidate: "v2", percent: 50 }],
      [],
    ]);
    expect(desk.view().changes).toEqual([
      { at: 1_003, what: "users → v2", before: "50 %", after: "100 % (configured)", by: "10.0.0.1" },
      { at: 1_002, what: "users → v2", before: "12.3456 %", after: "50 %", by: "10.0.0.2" },
      { at: 1_001, what: "users → v2", before: "100 % (configured)", after: "12.3456 %", by: "10.0.0.1" },
    ]);
    expect(logged).toEqual(desk.view().changes.toReversed());
  });

  it("pauses everything, keeps shares that are set meanwhile, and resumes with them", async () => {
    await desk.pause(true, "10.0.0.1");
    await desk.setPercent("orders", "v2", 7, "10.0.0.1");
    expect([desk.paused, shares()]).toEqual([
      true,
      [
        [100, null, 0],
        [5, null, 0],
        [0, 7, 0],
      ],
    ]);
    await desk.pause(false, "10.0.0.1");
    expect([desk.paused, shares()]).toEqual([
      false,
      [
        [100, null, 100],
        [5, null, 5],
        [0, 7, 7],
      ],
    ]);
    expect(desk.view().changes.map(({ what, before, after }) => [what, before, after])).toEqual([
      ["mirroring", "paused", "on"],
      ["orders → v2", "0 % (configured)", "7 %"],
      ["mirroring", "on", "paused"],
    ]);
  });

  it("refuses a route or a candidate that is not configured, and changes nothing", async () => {
    await expect(desk.setPercent("users", "v4", 1, "")).rejects.toThrow("No route users is mirrored to v4.");
    await expect(desk.setPercent("moved", "v2", 1, "")).rejects.toThrow("No route moved is mirrored to v2.");
    expect([applied, logged]).toEqual([[], []]);
  });

  it("keeps pause and shares over a reload, and names the shares whose candidate is gone", async () => {
    await desk.setPercent("users", "v2", 1, "");
    await desk.setPercent("users", "v3", 2, "");
    await desk.pause(true, "");
    await desk.configure({ ...configWith({}), routes: [routeTo("users", [{ subset: "v3", percent: 60 }])] });
    expect(desk.view().candidates).toEqual([
      { route: "users", candidate: "v3", configured: 60, override: 2, effective: 0, breaker: null },
    ]);
    expect(applied.at(-1)).toEqual({ paused: true, percents: [{ route: "users", candidate: "v3", percent: 2 }] });
    expect(desk.view().changes[0]).toEqual({
      at: 1_004,
      what: "users → v2",
      before: "1 %",
      after: "gone",
      by: "configuration",
    });
  });

  it("remembers the last 50 changes", async () => {
    for (let count = 1; count <= 60; count += 1) await desk.setPercent("users", "v2", count, "");
    const { changes } = desk.view();
    expect([changes.length, changes[0]?.after, changes.at(-1)?.after]).toEqual([50, "60 %", "11 %"]);
    expect(logged).toHaveLength(60);
  });
});
