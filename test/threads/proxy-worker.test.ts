import { once } from "node:events";
import type { Server } from "node:http";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createDescriptorCells } from "../../src/lib/runtime/descriptors.ts";
import type { CaptureBatch, CountBatch } from "../../src/model/batch.ts";
import { readIdenticalExchanges } from "../../src/transfer/identical-exchanges.ts";
import { unpackExchanges } from "../../src/transfer/packed-exchanges.ts";
import type { MainToProxy, ProxyData, ProxyToMain } from "../../src/threads/thread-messages.ts";
import { fileOf } from "../../src/threads/thread-slot.ts";
import { WorkerThread } from "../../src/lib/runtime/worker-thread.ts";
import { configWith, routeTo } from "../admin/admin-fixture.ts";
import { startEcho, stopServers, urlOf } from "../integration/echo.ts";

/** Far below the grace periods of the tests. */

let server: Server;
let thread: WorkerThread<MainToProxy, ProxyToMain> | undefined;

beforeAll(async () => {
  server = await startEcho("one");
});
afterEach(() => thread?.terminate());
afterAll(() => stopServers([server]));

/** A real proxy thread in front of a primary. Requests are counted; by default, they are not mirrored. */
async function start({ percent = 0, explains = true } = {}) {
  const route = routeTo("default", [{ subset: "v2", percent }]);
  const { action } = route;
  if (action.type !== "forward") throw new Error("the route forwards");
  const destinations = action.destinations.map((one) => ({ ...one, subset: { ...one.subset, urls: [urlOf(server)] } }));
  const candidates = action.candidates.map((one) => ({ ...one, subset: { ...one.subset, urls: [urlOf(server)] } }));
  const standard = configWith({});
  const config = {
    ...standard,
    explain: { ...standard.explain, enabled: explains },
    routes: [{ ...route, action: { ...action, destinations, candidates } }],
  };
  const messages: ProxyToMain["type"][] = [];
  const listening = Promise.withResolvers<number>();
  const started = (thread = new WorkerThread<MainToProxy, ProxyToMain>({
    name: "proxy-0",
    file: fileOf("proxy"),
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
  started.post({ type: "listen", port: 0 });
  const port = await listening.promise;
  return {
    thread: started,
    messages,
    config,
    request: (headers: Record<string, string> = {}) =>
      fetch(`http://127.0.0.1:${port}/a`, { headers }).then((response) => response.text()),
  };
}

function joinStore(proxy: WorkerThread<MainToProxy, ProxyToMain>): MessagePort {
  const { port1, port2 } = new MessageChannel();
  proxy.post({ type: "store-started", port: port2 }, [port2]);
  return port1;
}

/** The place of a compare thread, which acknowledges nothing. */
function joinCompare(proxy: WorkerThread<MainToProxy, ProxyToMain>): { batches: CaptureBatch[]; close(): void } {
  const { port1, port2 } = new MessageChannel();
  const batches: CaptureBatch[] = [];
  port1.on("message", (batch: CaptureBatch) => batches.push(batch));
  proxy.post({ type: "compare-started", index: 0, port: port2 }, [port2]);
  return { batches, close: () => port1.close() };
}

describe("a proxy thread that mirrors to a version that responds alike", () => {
  it("sends requests and responses as controls to the compare thread, until a reload turns that off", async () => {
    const { thread: proxy, messages, config, request } = await start({ percent: 100 });
    const compare = joinCompare(proxy);
    await request({ "x-plan": "gold" });
    await expect.poll(() => compare.batches.length).toBe(1);
    const [{ exchanges, identical, slab }] = compare.batches as [CaptureBatch];
    if (exchanges === null) throw new Error("no complete exchange was sent");
    expect(identical).toBeNull();
    const [control] = [...unpackExchanges(exchanges, slab)];
    expect(control).toMatchObject({
      protocol: "HTTP/1.1",
      controlLimit: 1,
      primary: { address: new URL(urlOf(server)).host, status: 200 },
      candidates: [{ identical: true, capture: { address: new URL(urlOf(server)).host } }],
    });
    expect(control?.headers[control.headers.indexOf("x-plan") + 1]).toBe("gold");
    expect(control?.primary.body.length).toBeGreaterThan(0);

    const off = { ...config, explain: { ...config.explain, enabled: false } };
    proxy.post({ type: "reconfigure", config: off, revision: 5 });
    await expect.poll(() => messages.includes("applied")).toBe(true);
    await request({ "x-plan": "gold" });
    await expect.poll(() => compare.batches.length).toBe(2);
    expect(compare.batches[1]?.exchanges).toBeNull();
    compare.close();
  });

  it("sends nothing of a request but its target and times when nothing is explained", async () => {
    const { thread: proxy, request } = await start({ percent: 100, explains: false });
    const compare = joinCompare(proxy);
    await request({ "x-plan": "gold" });
    await expect.poll(() => compare.batches.length).toBe(1);
    const [{ exchanges, identical, slab }] = compare.batches as [CaptureBatch];
    expect([exchanges, slab]).toEqual([null, null]);
    expect([...readIdenticalExchanges(identical as NonNullable<typeof identical>)].map(({ target }) => target)).toEqual(
      ["/a"],
    );
    compare.close();
  });

  it("begins with new controls when a run ends", async () => {
    const { thread: proxy, request } = await start({ percent: 100 });
    const compare = joinCompare(proxy);
    const limits = (): (number | undefined)[] =>
      compare.batches.flatMap(({ exchanges, slab }) =>
        exchanges === null ? [] : [...unpackExchanges(exchanges, slab)].map(({ controlLimit }) => controlLimit),
      );
    const REQUESTS = 400;
    for (let count = 0; count < REQUESTS; count += 1) await request();
    await expect.poll(() => Math.min(...limits().map((limit) => limit ?? 0))).toBeLessThan(1);
    proxy.post({ type: "flush", graceMs: 600_000, commitMs: 600_000, revision: 7 });
    await request();
    await expect.poll(() => limits().at(-1)).toBe(1);
    compare.close();
  });
});

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
    await expect.poll(() => messages.filter((type) => type === "applied").length).toBe(1);
    store.postMessage({ type: "acknowledged", ids: [id] });
    await expect.poll(() => messages.filter((type) => type === "applied").length).toBe(2);
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
    await expect.poll(() => messages.filter((type) => type === "applied").length).toBe(1);
    second.close();
  });

  it("does not wait longer than the commit limit when it drains, regardless of the grace", async () => {
    const { thread: proxy, messages, request } = await start();
    await request();
    proxy.post({ type: "drain", graceMs: 600_000, commitMs: 500 });
    await expect.poll(() => messages.includes("drained")).toBe(true);
  });
});
