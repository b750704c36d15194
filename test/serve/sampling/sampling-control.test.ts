import { describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config/load-config.ts";
import type { EndpointShares } from "../../../src/model/control.ts";
import { SamplingControl } from "../../../src/serve/sampling/sampling-control.ts";

const SUBSETS = `subsets: { v1: { url: "http://h:1" }, v2: { url: "http://h:2" }, v3: { url: "http://h:3" } }\n`;

function control({
  candidates,
  replicas = 1,
  threads = 1,
}: {
  candidates: string;
  replicas?: number;
  threads?: number;
}) {
  const text = `${SUBSETS}routes: [{ primary: [{ subset: v1 }], candidates: [${candidates}] }]\n`;
  let config = loadConfig({ file: { path: "s.yaml", text }, flags: {}, env: {} });
  const applied: (readonly EndpointShares[])[] = [];
  const clock = { ms: 0 };
  const own = new SamplingControl({
    threads,
    config: () => config,
    percent: () => 100,
    reports: async () => null,
    replicas: () => replicas,
    apply: (shares) => applied.push(shares),
    clock: { wall: () => clock.ms, monotonic: () => clock.ms },
  });
  return {
    own,
    applied,
    clock,
    reload: (next: typeof config) => {
      config = next;
    },
  };
}

const ARRIVALS = { route: "default", candidate: "v2", endpoint: "GET /a", requests: 50_000, mirrored: 100 };

describe("sampling by verdict in a process", () => {
  it("plans nothing for candidates that are sampled uniformly", async () => {
    const { own, applied } = control({ candidates: "{ subset: v2 }" });
    await own.plan();
    expect([applied, own.views()]).toEqual([[], []]);
  });

  it("plans each candidate on its own, from the requests that the proxy threads have counted", async () => {
    const { own, applied, clock } = control({
      candidates: "{ subset: v2, sampling: verdict, budget: 100 }, { subset: v3, sampling: verdict, budget: 10 }",
    });
    own.arrived(0, [ARRIVALS, { ...ARRIVALS, endpoint: "GET /b", requests: 5 }]);
    clock.ms = 5_000;
    await own.plan();
    const [[v2, v3] = []] = applied;
    expect([v2?.candidate, v2?.levels.get("GET /a"), v2?.levels.get("GET /b"), v2?.perSecond]).toEqual([
      "v2",
      7,
      0,
      [100],
    ]);
    expect([v3?.candidate, v3?.levels.size, v3?.perSecond]).toEqual(["v3", 0, [10]]);
    expect(own.views().map(({ candidate, view }) => [candidate, view.budget, view.used])).toEqual([
      ["v2", 100, 40],
      ["v3", 10, 0],
    ]);
  });

  it("has an equal part of the budget if several replicas share a store", async () => {
    const candidates = "{ subset: v2, sampling: verdict, budget: 100 }";
    const { own, applied } = control({ candidates, replicas: 4, threads: 5 });
    await own.plan();
    expect(applied[0]?.[0]?.perSecond).toEqual([5, 5, 5, 5, 5]);
  });

  it("forgets a candidate that a reload samples uniformly", async () => {
    const { own, applied, reload } = control({ candidates: "{ subset: v2, sampling: verdict }" });
    own.arrived(0, [ARRIVALS]);
    await own.plan();
    const flags = { primary: "http://h:1", candidate: ["v2=http://h:2"] };
    reload(loadConfig({ flags, env: {} }));
    await own.plan();
    expect([applied.length, own.views()]).toEqual([1, []]);
  });
});
