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
let control: MirrorControl;

beforeEach(() => {
  now = 1_000;
  applied = [];
  logged = [];
  control = new MirrorControl({
    config: { ...configWith({}), routes: ROUTES },
    apply: (control) => Promise.resolve(void applied.push(control)),
    breaker: (route, candidate) => ({ state: "open", failures: route.length, opens: candidate.length }),
    onChange: (change) => logged.push(change),
    now: () => (now += 1),
  });
});

const shares = () =>
  control.view().candidates.map(({ configured, override, effective }) => [configured, override, effective]);

describe("MirrorControl", () => {
  it("begins with the configured percentages of all routes and candidates", () => {
    expect(control.view()).toEqual({
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

  it("sets the percentage of a candidate on a route, and restores the configured one", async () => {
    await control.setPercent("users", "v2", 12.3456, "10.0.0.1");
    await control.setPercent("users", "v2", 50, "10.0.0.2");
    expect(shares()).toEqual([
      [100, 50, 50],
      [5, null, 5],
      [0, null, 0],
    ]);
    await control.setPercent("users", "v2", null, "10.0.0.1");
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
    expect(control.view().changes).toEqual([
      { at: 1_003, what: "users → v2", before: "50%", after: "100% (configured)", by: "10.0.0.1" },
      { at: 1_002, what: "users → v2", before: "12.3456%", after: "50%", by: "10.0.0.2" },
      { at: 1_001, what: "users → v2", before: "100% (configured)", after: "12.3456%", by: "10.0.0.1" },
    ]);
    expect(logged).toEqual(control.view().changes.toReversed());
  });

  it("pauses all mirroring, keeps percentages that are set while paused, and resumes with them", async () => {
    await control.pause(true, "10.0.0.1");
    await control.setPercent("orders", "v2", 7, "10.0.0.1");
    expect([control.paused, shares()]).toEqual([
      true,
      [
        [100, null, 0],
        [5, null, 0],
        [0, 7, 0],
      ],
    ]);
    await control.pause(false, "10.0.0.1");
    expect([control.paused, shares()]).toEqual([
      false,
      [
        [100, null, 100],
        [5, null, 5],
        [0, 7, 7],
      ],
    ]);
    expect(control.view().changes.map(({ what, before, after }) => [what, before, after])).toEqual([
      ["mirroring", "paused", "on"],
      ["orders → v2", "0% (configured)", "7%"],
      ["mirroring", "on", "paused"],
    ]);
  });

  it("rejects an unknown route or candidate without a change", async () => {
    await expect(control.setPercent("users", "v4", 1, "")).rejects.toThrow("Route users is not mirrored to v4.");
    await expect(control.setPercent("moved", "v2", 1, "")).rejects.toThrow("Route moved is not mirrored to v2.");
    expect([applied, logged]).toEqual([[], []]);
  });

  it("keeps pause and percentages over a reload, and lists the overrides of removed candidates", async () => {
    await control.setPercent("users", "v2", 1, "");
    await control.setPercent("users", "v3", 2, "");
    await control.pause(true, "");
    await control.configure({ ...configWith({}), routes: [routeTo("users", [{ subset: "v3", percent: 60 }])] });
    expect(control.view().candidates).toEqual([
      { route: "users", candidate: "v3", configured: 60, override: 2, effective: 0, breaker: null },
    ]);
    expect(applied.at(-1)).toEqual({ paused: true, percents: [{ route: "users", candidate: "v3", percent: 2 }] });
    expect(control.view().changes[0]).toEqual({
      at: 1_004,
      what: "users → v2",
      before: "1%",
      after: "removed",
      by: "configuration",
    });
  });

  it("lists the last 50 changes", async () => {
    for (let count = 1; count <= 60; count += 1) await control.setPercent("users", "v2", count, "");
    const { changes } = control.view();
    expect([changes.length, changes[0]?.after, changes.at(-1)?.after]).toEqual([50, "60%", "11%"]);
    expect(logged).toHaveLength(60);
  });
});
