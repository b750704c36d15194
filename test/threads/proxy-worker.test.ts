import { once } from "node:events";
import type { Server } from "node:http";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createDescriptorCells } from "../../src/lib/runtime/descriptors.ts";
import type { CountBatch } from "../../src/model/batch.ts";
import type { MainToProxy, ProxyData, ProxyToMain } from "../../src/threads/thread-messages.ts";
import { WorkerThread } from "../../src/threads/worker-thread.ts";
import { configWith, routeTo } from "../admin/admin-fixture.ts";
import { startEcho, stopServers, urlOf } from "../integration/echo.ts";

/** Far below the grace periods of the tests. */
const POLL = { timeout: 10_000 };

let server: Server;
let thread: WorkerThread<MainToProxy, ProxyToMain> | undefined;

beforeAll(async () => {
  server = await startEcho("one");
});
afterEach(() => thread?.terminate());
afterAll(() => stopServers([server]));

/** A real proxy thread in front of a primary. Requests are counted, but not mirrored. */
async function start() {
  const route = routeTo("default", [{ subset: "v2", percent: 0 }]);
  const { action } = route;
  if (action.type !== "forward") throw new Error("the route forwards");
  const destinations = action.destinations.map((one) => ({ ...one, subset: { ...one.subset, urls: [urlOf(server)] } }));
  const config = { ...configWith({}), routes: [{ ...route, action: { ...action, destinations } }] };
  const messages: ProxyToMain["type"][] = [];
  const listening = Promise.withResolvers<number>();
  const started = (thread = new WorkerThread<MainToProxy, ProxyToMain>({
    name: "proxy-0",
    kind: "proxy",
    workerData: {
      config,
      identity: "run:1",
      port: 0,
      redactionKey: new Uint8Array(32),
      descriptors: createDescriptorCells(1),
      index: 0,
      templates: [],
      replay: undefined,
      control: { paused: false, percents: [] },
    } satisfies ProxyData,
    onMessage(message) {
      messages.push(message.type);
      if (message.type === "listening") listening.resolve(message.port);
    },
    onExit: () => {},
  }));
  const port = await listening.promise;
  return {
    thread: started,
    messages,
    request: () => fetch(`http://127.0.0.1:${port}/a`).then((response) => response.text()),
  };
}

function joinStore(proxy: WorkerThread<MainToProxy, ProxyToMain>): MessagePort {
  const { port1, port2 } = new MessageChannel();
  proxy.post({ type: "store-started", port: port2 }, [port2]);
  return port1;
}

describe("a proxy thread", () => {
  it("confirms a flush when the captures of all previous requests are committed, and not before", async () => {
    const { thread: proxy, messages, request } = await start();
    const store = joinStore(proxy);
    await request();
    const batch = once(store, "message") as Promise<[CountBatch]>;
    proxy.post({ type: "flush", graceMs: 600_000, commitMs: 600_000, revision: 7 });
    const [{ id, accounting }] = await batch;
    expect(accounting.map(({ fate, count }) => [fate, count])).toEqual([
      ["received", 1],
      ["sampledOut", 1],
    ]);
    // It handles other messages in the meantime.
    proxy.post({ type: "control", control: { paused: false, percents: [] }, revision: 8 });
    await expect.poll(() => messages.filter((type) => type === "applied").length, POLL).toBe(1);
    store.postMessage({ type: "acknowledged", ids: [id] });
    await expect.poll(() => messages.filter((type) => type === "applied").length, POLL).toBe(2);
    store.close();
  });

  it("sends unacknowledged counts again to a restarted store thread, under the same id", async () => {
    const { thread: proxy, messages, request } = await start();
    const first = joinStore(proxy);
    const sent = once(first, "message") as Promise<[CountBatch]>;
    await request();
    const [batch] = await sent;
    const second = joinStore(proxy);
    expect(await once(second, "message")).toEqual([batch]);
    second.postMessage({ type: "acknowledged", ids: [batch.id] });
    proxy.post({ type: "flush", graceMs: 600_000, commitMs: 600_000, revision: 7 });
    await expect.poll(() => messages.filter((type) => type === "applied").length, POLL).toBe(1);
    second.close();
  });

  it("does not wait longer than the commit limit when it drains, regardless of the grace", async () => {
    const { thread: proxy, messages, request } = await start();
    await request();
    proxy.post({ type: "drain", graceMs: 600_000, commitMs: 500 });
    await expect.poll(() => messages.includes("drained"), POLL).toBe(true);
  });
});
