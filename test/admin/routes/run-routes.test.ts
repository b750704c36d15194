import { afterEach, describe, expect, it } from "vitest";
import { RunManager, type RunSwitch } from "../../../src/admin/run-manager.ts";
import type { Admin } from "../../../src/admin/admin-server.ts";
import type { Run } from "../../../src/model/run.ts";
import { call, errorCode, RUN, startTestAdmin, type ApiResponse } from "../admin-fixture.ts";

let admin: Admin;

afterEach(() => admin.close());

/** A run manager whose switches end when the test says so. */
async function start() {
  const waiting: ((error: string | null) => void)[] = [];
  const switched: unknown[] = [];
  const runs: RunManager = new RunManager({
    run: RUN,
    create: ({ name = "unnamed", labels }): Run => ({ ...RUN, id: `run-${name}`, name, labels, startedAt: 77 }),
    async apply(next) {
      const error = await new Promise<string | null>((resolve) => waiting.push(resolve));
      if (error === null) next();
      return error === null ? null : { message: error, isConflict: false };
    },
    onSwitch: ({ ended, current, by }) => switched.push([ended.id, current.id, by]),
  });
  admin = await startTestAdmin({ runs });
  const end = async (error: string | null): Promise<void> => {
    await expect.poll(() => waiting.length).toBe(1);
    waiting.shift()?.(error);
  };
  return { runs, end, switched };
}

function post(path: string, body: object = {}): Promise<ApiResponse> {
  const headers = { "content-type": "application/json" };
  return call(admin, path, { method: "POST", headers, body: JSON.stringify(body) });
}

describe("POST /api/v1/runs/flagger", () => {
  const webhook = { name: "podinfo", namespace: "test", phase: "Progressing", checksum: "85d557f47b", metadata: {} };

  it("begins one run for each revision of a canary, however often Flagger repeats its webhook", async () => {
    const { runs, end, switched } = await start();
    const first = post("/api/v1/runs/flagger", webhook);
    await end(null);
    const { status } = await first;
    expect([status, runs.current.name, runs.current.labels]).toEqual([201, "podinfo.test", { checksum: "85d557f47b" }]);
    const repeated = await post("/api/v1/runs/flagger", webhook);
    expect([repeated.status, repeated.json()]).toEqual([200, (await first).json()]);
    expect(switched).toHaveLength(1);
    const next = post("/api/v1/runs/flagger", { ...webhook, checksum: "6c4d8b9f5a" });
    await end(null);
    expect((await next).status).toBe(201);
    expect(runs.current.labels).toEqual({ checksum: "6c4d8b9f5a" });
  });

  it("rejects what Flagger does not send", async () => {
    await start();
    const { status, json } = await post("/api/v1/runs/flagger", { name: "podinfo", namespace: "test" });
    expect([status, (json() as { error: { code: string } }).error.code]).toEqual([400, "invalid-request"]);
  });
});

describe("POST /api/v1/runs", () => {
  it("ends the current run and begins another one with name and labels", async () => {
    const { runs, end, switched } = await start();
    const response = post("/api/v1/runs", { name: "2.4", labels: { commit: "3f2a" } });
    await end(null);
    const { ended, current } = (await response).json() as RunSwitch;
    expect((await response).status).toBe(201);
    expect(ended).toEqual({ ...RUN, endedAt: 77 });
    expect(current).toMatchObject({ id: "run-2.4", name: "2.4", labels: { commit: "3f2a" }, endedAt: null });
    expect(runs.current.id).toBe("run-2.4");
    expect(switched).toEqual([[RUN.id, "run-2.4", "127.0.0.1"]]);
  });

  it("rejects a second switch during the first with 409", async () => {
    const { end } = await start();
    const first = post("/api/v1/runs/current/end");
    await expect.poll(async () => (await post("/api/v1/runs", { name: "b" })).status).toBe(409);
    const second = await post("/api/v1/runs", { name: "b" });
    expect(errorCode(second)).toBe("run-changing");
    await end(null);
    expect((await first).status).toBe(200);
  });

  it("responds 503 and continues the current run if the store fails, and can be repeated", async () => {
    const { runs, end, switched } = await start();
    const failing = post("/api/v1/runs", { name: "b" });
    await end("disk is full");
    expect([(await failing).status, errorCode(await failing)]).toEqual([503, "store-unavailable"]);
    expect((await failing).text).toContain("The current run continues: disk is full");
    expect([runs.current, switched]).toEqual([RUN, []]);
    const again = post("/api/v1/runs/current/end");
    await end(null);
    expect((await again).status).toBe(200);
    expect(runs.current.name).toBe("unnamed");
  });

  it.each([[{ labels: { "a b": "c" } }], [{ labels: { a: 1 } }], [{ name: "" }], [{ nmae: "x" }]])(
    "rejects %j",
    async (body) => {
      await start();
      expect((await post("/api/v1/runs", body)).status).toBe(400);
    },
  );
});
