import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MirrorControl } from "../../src/admin/mirror-control.ts";
import { RunManager } from "../../src/admin/run-manager.ts";
import type { ReplicaReport } from "../../src/model/shared/replica.ts";
import { createReplicaIdentity, ReplicaLink } from "../../src/serve/replica-link.ts";
import { configWith, RUN, STATUS } from "../admin/admin-fixture.ts";
import { replicaNamed, sharedState } from "../admin/replicas/replica-fixture.ts";

let sent: ReplicaReport[];
let events: string[];
let applyControl: () => Promise<void>;
let link: ReplicaLink;
let control: MirrorControl;
let runs: RunManager;

function start(isShared = true): void {
  link = new ReplicaLink({
    self: { id: "id-a", name: "a" },
    isShared,
    parts: () => ({ control, runs }),
    config: () => configWith({}),
    status: () => ({
      ...STATUS,
      store: { path: "", error: "away", lostExchanges: 3 },
      threads: [
        { name: "proxy-0", restarts: 1 },
        { name: "store", restarts: 2 },
      ],
    }),
    droppedCopies: () => 5,
    send: (report) => sent.push(report),
    onChange: () => events.push("replicas"),
    onEdit: () => events.push("edit"),
  });
  control = new MirrorControl({
    config: configWith({}),
    shared: { replicas: link.replicas, write: () => Promise.resolve(null) },
    apply: () => applyControl(),
    breaker: () => ({ state: "closed", failures: 0, opens: 0 }),
    onChange: () => {},
    now: Date.now,
  });
  runs = new RunManager({
    run: RUN,
    create: () => RUN,
    apply(next) {
      next();
      return Promise.resolve(null);
    },
    onSwitch: ({ current }) => events.push(`run ${current.id}`),
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  events = [];
  applyControl = () => Promise.resolve();
  start();
});
afterEach(() => {
  link.close();
  vi.useRealTimers();
});

describe("the link between replicas", () => {
  it("reports this replica at once and every second, with what is wrong with it", async () => {
    link.start();
    await vi.advanceTimersByTimeAsync(2_500);
    expect(sent).toHaveLength(3);
    expect(sent[0]).toMatchObject({
      version: STATUS.version,
      adminUrl: STATUS.adminUrl,
      applied: 0,
      health: { ready: true, storeError: "away", lostExchanges: 3, droppedCopies: 5, threadRestarts: 3, down: [] },
    });
    link.close();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(sent).toHaveLength(3);
  });

  it("does not report a process whose store is not shared", async () => {
    start(false);
    link.start();
    await vi.advanceTimersByTimeAsync(5_000);
    expect([sent, link.replicas.summary()]).toEqual([[], undefined]);
  });

  it("says that it applies a change only once every proxy thread does", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    applyControl = () => promise;
    link.follow(sharedState({ change: 4, control: { paused: true, percents: [] } }));
    await vi.advanceTimersByTimeAsync(100);
    expect(sent).toEqual([]);
    resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect(sent.map(({ applied }) => applied)).toEqual([4]);
  });

  it("switches to the run of the others, and reports it at once", async () => {
    link.follow(sharedState({ change: 0, run: { ...RUN, id: "other" } }));
    await vi.advanceTimersByTimeAsync(0);
    expect([runs.current.id, sent.length]).toEqual(["other", 1]);
    expect(events).toEqual(["replicas", "run other"]);
  });

  it("announces edits, and replicas whose state or configuration changes, but no heartbeats", () => {
    const b = replicaNamed("b", { config: { hash: "x", sections: {} } });
    link.follow(sharedState({ replicas: [b] }));
    link.follow(sharedState({ replicas: [{ ...b, heartbeatAgeMs: 800 }] }));
    expect(events).toEqual(["replicas"]);
    link.follow(sharedState({ replicas: [{ ...b, state: "stalled" }] }));
    link.follow(sharedState({ change: 2, replicas: [{ ...b, state: "stalled" }] }));
    expect(events).toEqual(["replicas", "replicas", "edit"]);
  });

  it("names a replica like the configuration or its host, with an id of its own", () => {
    const [one, other] = [
      createReplicaIdentity({ replicaName: "edge-1" }),
      createReplicaIdentity({ replicaName: undefined }),
    ];
    expect([one.name, other.name === ""]).toEqual(["edge-1", false]);
    expect(one.id).not.toBe(other.id);
  });
});
