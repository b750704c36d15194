import { describe, expect, it } from "vitest";
import { RUN } from "../admin-fixture.ts";
import { listOfA, replicaNamed, REPORT, sharedState } from "./replica-fixture.ts";

const OTHER_GATE = { hash: "two", sections: { gate: "g2", routes: "r1", sampling: "n1" } };

describe("the list of replicas", () => {
  it("has this replica as it is now, even before the store has responded", () => {
    const { shared, replicas } = listOfA().view();
    expect(shared).toBe(true);
    expect(replicas).toEqual([{ ...replicaNamed("a", { heartbeatAgeMs: 0 }), self: true, differing: [] }]);
  });

  it("is sorted by name, and names the options that differ from those of this replica", () => {
    const list = listOfA();
    const stale = replicaNamed("a", { config: OTHER_GATE, state: "stalled" });
    list.update(sharedState({ replicas: [replicaNamed("c", { config: OTHER_GATE }), replicaNamed("b"), stale] }));
    const { replicas } = list.view();
    expect(replicas.map(({ name, self, state, differing }) => [name, self, state, differing])).toEqual([
      ["a", true, "live", []],
      ["b", false, "live", []],
      ["c", false, "live", ["gate", "sampling", "subsets"]],
    ]);
  });

  it("sums up what needs attention: stalled and lost replicas, and other configurations of live ones", () => {
    const list = listOfA();
    list.update(
      sharedState({
        replicas: [
          replicaNamed("b", { config: OTHER_GATE }),
          replicaNamed("c", { state: "stalled", config: OTHER_GATE }),
          replicaNamed("d", { state: "lost" }),
          // It was started again, or was lost in an earlier run.
          replicaNamed("b", { id: "before", state: "lost" }),
          replicaNamed("e", { state: "lost", runId: "earlier" }),
          replicaNamed("f", { state: "ended" }),
        ],
      }),
    );
    expect(list.summary()).toEqual({
      live: 2,
      stalled: ["c"],
      lost: ["d"],
      differing: [{ name: "b", sections: ["gate", "sampling", "subsets"] }],
    });
  });

  it("does not wait for a replica that is lost meanwhile", async () => {
    const list = listOfA(() => ({ ...REPORT, applied: 2 }));
    list.update(sharedState({ replicas: [replicaNamed("b")] }));
    const reached = list.reached(({ applied }) => applied >= 2, 60_000);
    list.update(sharedState({ replicas: [replicaNamed("b", { state: "lost" })] }));
    expect(await reached).toEqual({ done: ["a"], waiting: [] });
    expect(list.reachedNow(({ runId }) => runId === RUN.id)).toEqual({ done: ["a"], waiting: [] });
  });
});
