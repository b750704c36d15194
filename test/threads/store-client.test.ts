import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import type { Config } from "../../src/model/config.ts";
import { StoreClient } from "../../src/threads/store-client.ts";
import { newPath } from "../store/new-path.ts";
import { OPTIONS, RUN } from "../store/store-fixture.ts";

it("a store thread that has just started ends on its own, because a termination would abort the process", async () => {
  const path = newPath();
  const { retention, ...compare } = OPTIONS;
  const config = { store: { location: { engine: "sqlite", path }, retention }, compare } as unknown as Config;
  const ends: (Error | undefined)[] = [];
  const store = new StoreClient({
    createWorkerData: () => ({ config, run: RUN, replica: { id: "1", name: "host" } }),
    onStart: () => {},
    onDeath: (error) => ends.push(error),
    onState: () => {},
    onRules: () => {},
    onShared: () => {},
    onJoined: () => {},
    onCommit: () => {},
    onRequestsLost: () => {},
    onFileLost: () => {},
    onMetrics: () => {},
  });
  store.start();
  await store.kill();
  // A thread that was terminated while it started has created no database.
  expect(existsSync(path)).toBe(true);
  expect(ends).toEqual([]);
});
