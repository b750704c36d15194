import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RunManager } from "../../../src/admin/run-manager.ts";
import type { ReplicaList } from "../../../src/admin/replicas/replica-list.ts";
import type { Run, SwitchFailure } from "../../../src/model/run.ts";
import { RUN } from "../admin-fixture.ts";
import { listOfA, replicaNamed, sharedState } from "./replica-fixture.ts";

const OWN: Run = { ...RUN, id: "own", name: "own", startedAt: 70 };
const OTHER: Run = { ...RUN, id: "other", name: "other", startedAt: 80 };

let replicas: ReplicaList;
let runs: RunManager;
let outcome: () => Promise<SwitchFailure | null>;
let switched: unknown[];
let updated: Run[];

beforeEach(() => {
  vi.useFakeTimers();
  outcome = () => Promise.resolve(null);
  switched = [];
  updated = [];
  replicas = listOfA(undefined, () => runs.current.id);
  runs = new RunManager({
    run: RUN,
    replicas,
    create: () => OWN,
    async apply(next) {
      next();
      return outcome();
    },
    onSwitch: ({ ended, current, by }) => switched.push([ended.id, ended.endedAt, current.id, by]),
    onUpdate: (run) => updated.push(run),
  });
});
afterEach(() => vi.useRealTimers());

describe("runs that replicas share", () => {
  it("follow the replica that has begun one, with a switch of their own", async () => {
    await runs.follow(OTHER);
    expect([runs.current, switched]).toEqual([OTHER, [[RUN.id, 80, "other", undefined]]]);
    await runs.follow(OTHER);
    expect(switched).toHaveLength(1);
  });

  it("try again later when what was captured cannot be stored yet", async () => {
    outcome = () =>
      Promise.resolve({ message: "the captured exchanges could not be stored in time", isConflict: false });
    await runs.follow(OTHER);
    expect([runs.current.id, switched]).toEqual([RUN.id, []]);
    outcome = () => Promise.resolve(null);
    await runs.follow(OTHER);
    expect(runs.current.id).toBe("other");
  });

  it("take a new gate that another replica has reloaded", async () => {
    const run = { ...RUN, gate: { ...RUN.gate, parity: 0.5 } };
    await runs.follow(run);
    await runs.follow(structuredClone(run));
    expect([runs.current.gate.parity, updated, switched]).toEqual([0.5, [run], []]);
  });

  it("respond once all live replicas follow", async () => {
    replicas.update(sharedState({ replicas: [replicaNamed("b"), replicaNamed("c", { state: "lost" })] }));
    const begun = runs.begin({ labels: {} }, "10.0.0.1");
    await vi.advanceTimersByTimeAsync(5_000);
    replicas.update(sharedState({ replicas: [replicaNamed("b", { runId: "own" })] }));
    expect(await begun).toEqual({ ended: { ...RUN, endedAt: 70 }, current: OWN, waiting: [] });
  });

  it("name the live replicas that do not follow within ten seconds", async () => {
    replicas.update(sharedState({ replicas: [replicaNamed("b"), replicaNamed("c", { runId: "own" })] }));
    const begun = runs.begin({ labels: {} }, "10.0.0.1");
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await begun).waiting).toEqual(["b"]);
  });

  it("reject the second of two that begin at once with 409, and it follows the first", async () => {
    outcome = () => Promise.resolve({ message: "", isConflict: true });
    await expect(runs.begin({ labels: {} }, "10.0.0.1")).rejects.toMatchObject({
      code: "run-changing",
      status: 409,
      message: "Another replica has begun a run at the same time.",
    });
    outcome = () => Promise.resolve(null);
    await runs.follow(OTHER);
    expect(runs.current.id).toBe("other");
  });

  it("do not follow during a switch of their own", async () => {
    const { promise, resolve } = Promise.withResolvers<SwitchFailure | null>();
    outcome = () => promise;
    const begun = runs.begin({ labels: {} }, "10.0.0.1");
    await vi.advanceTimersByTimeAsync(0);
    await runs.follow(OTHER);
    expect([runs.current.id, switched]).toEqual([RUN.id, []]);
    resolve(null);
    await begun;
    expect(switched).toEqual([[RUN.id, 70, "own", "10.0.0.1"]]);
  });
});
