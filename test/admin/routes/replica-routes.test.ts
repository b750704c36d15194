import { afterEach, expect, it } from "vitest";
import type { Admin } from "../../../src/admin/admin-server.ts";
import type { Replicas } from "../../../src/model/views/replicas.ts";
import { call, RUN, startTestAdmin, STATUS } from "../admin-fixture.ts";
import { listOfA, replicaNamed, sharedState } from "../replicas/replica-fixture.ts";

let admin: Admin;
afterEach(() => admin.close());

it("GET /api/v1/replicas has the process alone if the store is a file", async () => {
  admin = await startTestAdmin();
  const { shared, replicas } = (await call(admin, "/api/v1/replicas")).json() as Replicas;
  expect(shared).toBe(false);
  expect(replicas).toHaveLength(1);
  expect(replicas[0]).toMatchObject({
    name: "host-1",
    self: true,
    state: "live",
    heartbeatAgeMs: 0,
    version: STATUS.version,
    runId: RUN.id,
    differing: [],
  });
});

it("GET /api/v1/replicas has all replicas of a shared store, also while the store cannot be read", async () => {
  const list = listOfA();
  list.update(sharedState({ change: 7, replicas: [replicaNamed("b", { state: "stalled" })] }));
  admin = await startTestAdmin({ replicas: list });
  const { shared, change, replicas } = (await call(admin, "/api/v1/replicas")).json() as Replicas;
  expect([shared, change, replicas.map(({ name, state }) => `${name} ${state}`)]).toEqual([
    true,
    7,
    ["a live", "b stalled"],
  ]);
});
