import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MirrorControl } from "../../../src/admin/mirror-control.ts";
import type { ReplicaList } from "../../../src/admin/replicas/replica-list.ts";
import type { ControlState } from "../../../src/model/control.ts";
import { configWith, routeTo } from "../admin-fixture.ts";
import { listOfA, MemoryControl, replicaNamed, REPORT, sharedState, textOf } from "./replica-fixture.ts";

const ROUTES = [
  routeTo("users", [
    { subset: "v2", percent: 100 },
    { subset: "v3", percent: 5 },
  ]),
];
const NONE: ControlState = { paused: false, percents: [] };

let store: MemoryControl;
let applied: ControlState[];
let logged: string[];
let replicas: ReplicaList;
let ownChange: number;
let control: MirrorControl;

beforeEach(() => {
  vi.useFakeTimers();
  store = new MemoryControl();
  applied = [];
  logged = [];
  ownChange = 1;
  replicas = listOfA(() => ({ ...REPORT, applied: ownChange }));
  control = new MirrorControl({
    config: { ...configWith({}), routes: ROUTES },
    shared: { replicas, write: store.write },
    apply: (state) => Promise.resolve(void applied.push(state)),
    breaker: () => ({ state: "closed", failures: 0, opens: 0 }),
    onChange: (change) => logged.push(textOf(change)),
    now: () => Date.now(),
  });
  store.followers.push((state) => {
    ownChange = state.change;
    replicas.update(state);
    void control.follow(state);
  });
});
afterEach(() => vi.useRealTimers());

const shares = () => control.view().candidates.map(({ effective }) => effective);

describe("a control that replicas share", () => {
  it("takes pause and shares of the others without logging what happened before it started", async () => {
    const state = sharedState({
      change: 7,
      control: { paused: true, percents: [{ route: "users", candidate: "v3", percent: 50 }] },
      changes: [{ at: 1, what: "mirroring", before: "on", after: "paused", by: "10.0.0.2", replica: "b" }],
    });
    await control.follow(state);
    expect([control.paused, shares(), applied]).toEqual([true, [0, 0], [state.control]]);
    expect(control.view().changes).toEqual(state.changes);
    expect(logged).toEqual([]);
  });

  it("applies what another replica changes, and logs it once with its name", async () => {
    await control.follow(sharedState());
    const change = { at: 5, what: "mirroring", before: "on", after: "paused", by: "10.0.0.2", replica: "b" };
    const state = sharedState({ change: 2, control: { paused: true, percents: [] }, changes: [change] });
    await control.follow(state);
    await control.follow({ ...state, change: 3 });
    expect([applied, logged]).toEqual([[state.control], ["mirroring: on → paused by 10.0.0.2 on b"]]);
  });

  it("writes a share to the store first, and leaves everything as it is without the store", async () => {
    await control.follow(store.state);
    await control.setPercent("users", "v2", 10, "10.0.0.1");
    expect([store.control.percents, shares()]).toEqual([[{ route: "users", candidate: "v2", percent: 10 }], [10, 5]]);
    expect(store.texts).toEqual(["users → v2: 100% (configured) → 10% by 10.0.0.1 on a"]);
    expect(logged).toEqual(store.texts);
    store.error = "connection refused";
    await expect(control.setPercent("users", "v2", 20, "10.0.0.1")).rejects.toThrow(
      "The change could not be stored, so no replica has it: connection refused.",
    );
    await expect(control.pause(false, "10.0.0.1")).rejects.toMatchObject({ code: "store-unavailable" });
    expect([shares(), logged.length]).toEqual([[10, 5], 1]);
  });

  it("never loses the change of another key: two operators on two replicas set different shares", async () => {
    await control.follow(store.state);
    const other = { type: "percent", route: "users", candidate: "v3", configured: 5, by: "10.0.0.2" } as const;
    await Promise.all([
      control.setPercent("users", "v2", 10, "10.0.0.1"),
      store.write({ ...other, percent: 60, at: 3, replica: "b" }),
    ]);
    await store.write({ ...other, percent: 70, at: 4, replica: "c" });
    expect(shares()).toEqual([10, 70]);
    expect(store.texts.slice(0, 2)).toEqual([
      "users → v3: 60% → 70% by 10.0.0.2 on c",
      "users → v3: 5% (configured) → 60% by 10.0.0.2 on b",
    ]);
  });

  it("pauses at once without the store, says that the others do not have it, and writes it when the store is back", async () => {
    await control.follow(store.state);
    store.error = "connection refused";
    await control.pause(true, "10.0.0.1");
    expect([control.paused, shares(), applied.at(-1)?.paused]).toEqual([true, [0, 0], true]);
    expect(control.view().reach).toEqual({ applied: ["a"], waiting: [], unstored: "connection refused" });
    expect(logged).toEqual(["mirroring: on → paused by 10.0.0.1 on a"]);
    // The store is read again, still without the pause.
    await control.follow({ ...store.state, change: 2 });
    expect(control.paused).toBe(true);
    store.error = null;
    await control.retry();
    expect([store.control.paused, store.texts]).toEqual([true, logged]);
    expect(control.view().reach?.unstored).toBe(null);
    expect([control.paused, logged.length, applied.length]).toEqual([true, 1, 1]);
  });

  it("pauses at once even when the store does not respond", async () => {
    const hanging = new MirrorControl({
      config: { ...configWith({}), routes: ROUTES },
      shared: { replicas, write: () => new Promise(() => {}) },
      apply: (state) => Promise.resolve(void applied.push(state)),
      breaker: () => ({ state: "closed", failures: 0, opens: 0 }),
      onChange: () => {},
      now: () => Date.now(),
    });
    const paused = hanging.pause(true, "10.0.0.1");
    await vi.advanceTimersByTimeAsync(0);
    expect(applied).toEqual([{ paused: true, percents: [] }]);
    await vi.advanceTimersByTimeAsync(2_000);
    await paused;
    expect(hanging.view().reach?.unstored).toBe("the store has not responded yet");
  });

  it("takes back a pause that only it knows, without the store", async () => {
    await control.follow(store.state);
    store.error = "connection refused";
    await control.pause(true, "10.0.0.1");
    await control.pause(false, "10.0.0.1");
    expect([control.paused, applied.at(-1)]).toEqual([false, NONE]);
    store.error = null;
    await control.retry();
    expect(store.control.paused).toBe(false);
    expect(logged).toEqual(["mirroring: on → paused by 10.0.0.1 on a", "mirroring: paused → on by 10.0.0.1 on a"]);
  });

  it("does not list an edit twice whose answer was lost", async () => {
    const edit = { type: "pause", paused: true, at: 9, by: "10.0.0.1", replica: "a" } as const;
    await store.write(edit);
    await store.write(edit);
    expect(store.texts).toEqual(["mirroring: on → paused by 10.0.0.1 on a"]);
  });

  it("waits until every live replica applies a change, and names those that do not", async () => {
    const b = replicaNamed("b", { applied: 1 });
    const c = replicaNamed("c", { applied: 1, state: "stalled" });
    store.state = sharedState({ replicas: [b, c] });
    await control.follow(store.state);
    replicas.update(store.state);
    let isDone = false;
    const paused = control.pause(true, "10.0.0.1").then(() => (isDone = true));
    await vi.advanceTimersByTimeAsync(1_000);
    expect([isDone, control.paused]).toEqual([false, true]);
    expect(control.view().reach).toEqual({ applied: ["a"], waiting: ["b"], unstored: null });
    replicas.update({ ...store.state, replicas: [{ ...b, applied: 2 }, c] });
    await vi.advanceTimersByTimeAsync(0);
    await paused;
    expect(control.view().reach).toEqual({ applied: ["a", "b"], waiting: [], unstored: null });

    const slow = control.setPercent("users", "v2", 1, "10.0.0.1");
    await vi.advanceTimersByTimeAsync(2_000);
    await slow;
    expect(control.view().reach).toEqual({ applied: ["a"], waiting: ["b"], unstored: null });
  });

  it("keeps the share of a candidate that only its own reload has removed", async () => {
    await control.follow(store.state);
    await control.setPercent("users", "v3", 2, "");
    await control.configure({ ...configWith({}), routes: [routeTo("users", [{ subset: "v2", percent: 60 }])] });
    expect(store.control.percents).toEqual([{ route: "users", candidate: "v3", percent: 2 }]);
    await control.configure({ ...configWith({}), routes: ROUTES });
    expect(shares()).toEqual([100, 2]);
  });
});
