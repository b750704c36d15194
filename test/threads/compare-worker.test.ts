import { MessageChannel, Worker, type MessagePort } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import type { CaptureBatch, ResultBatch } from "../../src/model/batch.ts";
import type { CompareData, CompareReply, CompareToMain, MainToCompare } from "../../src/threads/thread-messages.ts";
import { createActivity, readActivity, type ThreadActivity } from "../../src/threads/watch/thread-activity.ts";
import { readProgress } from "../../src/transfer/batch-progress.ts";
import { CONFIG, KEY, batch, capture, exchange, identical, mirrored } from "../compare/build-exchanges.ts";

const running: Worker[] = [];

afterEach(async () => {
  for (const worker of running.splice(0)) await worker.terminate();
});

function start(): { worker: Worker; activity: ThreadActivity } {
  const activity = createActivity();
  const routes = [{ name: "default", action: { type: "forward", candidates: [{ subset: { name: "v2" } }] } }];
  const config = { compare: CONFIG, routes, metrics: { endpoints: 0 } };
  const workerData = { config, redactionKey: KEY, activity } as unknown as CompareData;
  const worker = new Worker(new URL("../../src/threads/compare-worker.ts", import.meta.url), { workerData });
  running.push(worker);
  return { worker, activity };
}

function join(worker: Worker, type: "proxy" | "store"): MessagePort {
  const { port1, port2 } = new MessageChannel();
  worker.postMessage({ type, port: port2 } satisfies MainToCompare, [port2]);
  return port1;
}

async function next<Message>(port: MessagePort | Worker): Promise<Message> {
  return new Promise((resolve) => {
    port.once("message", resolve);
  });
}

/** The next acknowledgment for a proxy thread. */
async function nextAcknowledged(port: MessagePort): Promise<CompareReply> {
  for (;;) {
    const reply = await next<CompareReply>(port);
    if (reply.type === "acknowledged") return reply;
  }
}

/** The next `count` messages, in order. */
async function nextOnes<Message>(port: MessagePort, count: number): Promise<Message[]> {
  return new Promise((resolve) => {
    const messages: Message[] = [];
    port.on("message", (message: Message) => {
      if (messages.push(message) === count) resolve(messages);
    });
  });
}

/** A batch with all bodies in one slab, as proxy threads send it. */
function slabBatch(id: string): CaptureBatch {
  const text = '{"a":1}{"a":2}';
  const slab = new SharedArrayBuffer(64);
  new Uint8Array(slab).set(new TextEncoder().encode(text));
  const one = exchange({
    primary: capture(new Uint8Array(slab, 0, 7)),
    candidates: [mirrored(new Uint8Array(slab, 7, 7))],
  });
  return { ...batch(one), id, slab };
}

describe("a compare thread", () => {
  it("compares a batch, reports it as compared, and forwards the acknowledgment of the store to the proxy", async () => {
    const { worker, activity } = start();
    const [proxy, store] = [join(worker, "proxy"), join(worker, "store")];
    const sent = slabBatch("p0:1");
    const [result, reply] = [next<ResultBatch>(store), next<CompareReply>(proxy)];
    proxy.postMessage(sent);

    expect((await result).outcomes).toMatchObject([
      { fields: [{ path: "$.a", kind: "value", mark: "raw" }], count: 1 },
    ]);
    expect(await reply).toEqual({ type: "compared", id: "p0:1" });
    expect(readProgress(sent.progress)).toEqual({ at: "idle" });
    expect(readActivity(activity)).toEqual({ busySince: undefined, threadId: expect.any(Number) });

    const acknowledgment = next<CompareReply>(proxy);
    store.postMessage({ type: "acknowledged", ids: ["p0:1", "unknown"] });
    expect(await acknowledgment).toEqual({ type: "acknowledged", ids: ["p0:1"] });
  });

  it("sends unacknowledged results again, in order, to a restarted store thread", async () => {
    const { worker } = start();
    const [first, second, store] = [join(worker, "proxy"), join(worker, "proxy"), join(worker, "store")];
    const arrived = nextOnes<ResultBatch>(store, 3);
    const match = exchange({ primary: capture(""), candidates: [identical()] });
    first.postMessage({ ...batch(match), id: "a1" });
    first.postMessage({ ...batch(match), id: "a2" });
    first.postMessage({ ...batch(match), id: "a3" });
    expect((await arrived).map(({ id }) => id)).toEqual(["a1", "a2", "a3"]);

    const acknowledged = nextAcknowledged(first);
    store.postMessage({ type: "acknowledged", ids: ["a2"] });
    expect(await acknowledged).toEqual({ type: "acknowledged", ids: ["a2"] });
    const replacement = join(worker, "store");
    const again = nextOnes<ResultBatch>(replacement, 3);
    second.postMessage({ ...batch(match), id: "b1" });
    expect((await again).map(({ id }) => id)).toEqual(["a1", "a3", "b1"]);

    const [a, b] = [nextAcknowledged(first), nextAcknowledged(second)];
    replacement.postMessage({ type: "acknowledged", ids: ["b1", "a3", "a1"] });
    expect([await a, await b]).toEqual([
      { type: "acknowledged", ids: ["a3", "a1"] },
      { type: "acknowledged", ids: ["b1"] },
    ]);
  });

  it("starts selecting samples again for another run", async () => {
    const { worker } = start();
    const [proxy, store] = [join(worker, "proxy"), join(worker, "store")];
    const samplesOf = async (id: string): Promise<readonly string[]> => {
      const result = next<ResultBatch>(store);
      // All at one time and of one size: the draws decide which are kept, and later ones compete with those of before.
      const exchanges = Array.from({ length: 20 }, (_, index) =>
        exchange({ id: `${id}-${index}`, primary: capture('{"a":1}'), candidates: [mirrored('{"a":2}')] }),
      );
      proxy.postMessage({ ...batch(...exchanges), id });
      return (await result).samples.map((sample) => sample.id);
    };
    const first = await samplesOf("a");
    expect((await samplesOf("a")).length).toBeLessThan(first.length);
    worker.postMessage({ type: "begin-run" } satisfies MainToCompare);
    expect(await samplesOf("a")).toEqual(first);
  });

  it("keeps results until a store thread is connected", async () => {
    const { worker } = start();
    const proxy = join(worker, "proxy");
    const sent = slabBatch("p0:1");
    const returned = next<CompareReply>(proxy);
    proxy.postMessage(sent);
    expect(await returned).toEqual({ type: "compared", id: "p0:1" });
    expect(await next<ResultBatch>(join(worker, "store"))).toMatchObject({ id: "p0:1" });
  });

  it("continues when a proxy thread has died, and sends its metrics to the main thread", async () => {
    const { worker } = start();
    const [dead, proxy, store] = [join(worker, "proxy"), join(worker, "proxy"), join(worker, "store")];
    const arrived = nextOnes<ResultBatch>(store, 2);
    const sent = slabBatch("p0:1");
    dead.postMessage(sent);
    dead.close();
    proxy.postMessage({ ...batch(exchange({ candidates: [identical()] })), id: "p1:1" });
    expect((await arrived).map(({ id }) => id).toSorted()).toEqual(["p0:1", "p1:1"]);
    store.postMessage({ type: "acknowledged", ids: ["p0:1", "p1:1"] });

    const { snapshot } = await next<Extract<CompareToMain, { readonly type: "metrics" }>>(worker);
    expect(snapshot).toContainEqual(
      expect.objectContaining({
        name: "shadowdiff_comparisons_total",
        values: [
          { labels: { route: "default", candidate: "v2", result: "match" }, value: 1 },
          { labels: { route: "default", candidate: "v2", result: "differ" }, value: 1 },
          { labels: { route: "default", candidate: "v2", result: "skip" }, value: 0 },
        ],
      }),
    );
  });

  it("sends exchanges to the main thread only while a tail is open", async () => {
    const { worker } = start();
    const [proxy, store] = [join(worker, "proxy"), join(worker, "store")];
    const messages: CompareToMain[] = [];
    worker.on("message", (message: CompareToMain) => messages.push(message));
    const compare = async (id: string): Promise<void> => {
      const result = next<ResultBatch>(store);
      proxy.postMessage({ ...slabBatch(id) });
      await result;
    };
    const post = (message: MainToCompare): void => worker.postMessage(message);
    await compare("a");
    post({ type: "tails", subscriptions: [{ id: 7, filter: {}, rowsPerSecond: 50 }] });
    // The port of a proxy and the worker's own are not ordered: metrics follow what the worker has handled.
    await next<CompareToMain>(worker);
    await compare("b");
    await expect.poll(() => messages.filter(({ type }) => type === "tail")).toHaveLength(1);
    expect(messages.find(({ type }) => type === "tail")).toEqual({
      type: "tail",
      deliveries: [
        {
          id: 7,
          more: 0,
          rows: [
            {
              at: 120_000,
              route: "default",
              method: "GET",
              target: "/users/123?x=1",
              endpoint: "GET /users/{id}",
              candidate: "v2",
              primaryStatus: 200,
              candidateStatus: 200,
              primaryMs: 2,
              candidateMs: 2,
              fields: [{ section: "body", path: "$.a", kind: "value", mark: "raw" }],
              fieldCount: 1,
              sample: "e1",
            },
          ],
        },
      ],
    });
    post({ type: "tails", subscriptions: [] });
    await next<CompareToMain>(worker);
    await compare("c");
    await next<CompareToMain>(worker);
    expect(messages.filter(({ type }) => type === "tail")).toHaveLength(1);
  });
});
