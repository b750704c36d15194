import { once } from "node:events";
import { mkdirSync, rmdirSync } from "node:fs";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import Sqlite from "better-sqlite3";
import { afterEach, describe, expect, it } from "vitest";
import type { Config } from "../../src/model/config.ts";
import { openSqliteReader } from "../../src/store/sqlite/read/sqlite-reader.ts";
import type { MainToStore, StoreData, StoreReply, StoreToMain } from "../../src/threads/thread-messages.ts";
import { fileOf } from "../../src/threads/thread-slot.ts";
import { WorkerThread } from "../../src/lib/runtime/worker-thread.ts";
import { batch, flat, OPTIONS, outcome, received, RUN } from "../store/store-fixture.ts";
import { newPath } from "../store/new-path.ts";
import { sum } from "../proxy/proxy-harness.ts";

const running: WorkerThread<MainToStore, StoreToMain>[] = [];

afterEach(async () => {
  for (const thread of running.splice(0)) await thread.terminate();
});

/** A real store thread on a path; `next` waits for a message of one type from it. */
function startStore(path: string) {
  const waiting = new Map<StoreToMain["type"], ((message: StoreToMain) => void)[]>();
  const come: StoreToMain[] = [];
  const { retention: _, ...compare } = OPTIONS;
  // The thread uses the real clock: with a maximum age its retention would delete the rows of the fixture, which are old.
  const retention = { maxAgeMs: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER };
  const config = { store: { location: { engine: "sqlite", path }, retention }, compare } as unknown as Config;
  const thread = new WorkerThread<MainToStore, StoreToMain>({
    name: "store",
    file: fileOf("store"),
    workerData: { config, run: RUN, replica: { id: "1", name: "host" } } satisfies StoreData,
    onMessage(message) {
      const take = waiting.get(message.type)?.shift();
      if (take === undefined) come.push(message);
      else take(message);
    },
    onExit: () => {},
  });
  running.push(thread);
  const next = async <Type extends StoreToMain["type"]>(type: Type): Promise<Extract<StoreToMain, { type: Type }>> => {
    const at = come.findIndex((message) => message.type === type);
    const message =
      at >= 0
        ? come.splice(at, 1)[0]
        : await new Promise<StoreToMain>((resolve) => waiting.set(type, [...(waiting.get(type) ?? []), resolve]));
    return message as Extract<StoreToMain, { type: Type }>;
  };
  return { thread, next };
}

function connect(thread: WorkerThread<MainToStore, StoreToMain>, type: "proxy" | "compare"): MessagePort {
  const { port1, port2 } = new MessageChannel();
  thread.post({ type, port: port2 }, [port2]);
  return port1;
}

/** Waits until `count` ids are acknowledged on a port, in any number of messages. */
async function acknowledgedOn(port: MessagePort, count = 1): Promise<readonly string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const [reply] = (await once(port, "message")) as [StoreReply];
    ids.push(...reply.ids);
  }
  return ids;
}

const UNIT = { outcomes: [outcome({ count: 3 })], accounting: [received(3)] };

/** Three requests, from their arrival until they have been compared. */
const ARRIVED = { id: "p/1", accounting: [received(3), { ...received(3), fate: "inFlight" }] } as const;
const COMPARED = batch("p/2", {
  outcomes: [outcome({ count: 3 })],
  accounting: [
    { ...received(3), fate: "mirrored" },
    { ...received(3), fate: "inFlight", count: -3 },
  ],
});

/** The sums of all fates in a run. */
async function fates(path: string, runId: string): Promise<Record<string, number>> {
  const reader = openSqliteReader(path);
  const rows = await reader.accounting(runId, "v2");
  await reader.close();
  return sum(rows.map((row) => ({ ...row, reason: "" })));
}

async function counts(path: string): Promise<number[]> {
  const reader = openSqliteReader(path);
  const counts = flat(await reader.outcomes(RUN.id, "v2")).map(({ count }) => count);
  await reader.close();
  return counts;
}

describe("a store thread", () => {
  it("commits the results of compare threads, acknowledges them on their ports, and notifies the main thread", async () => {
    const path = newPath();
    const { thread, next } = startStore(path);
    expect(await next("state")).toEqual({ type: "state", error: null });
    const ports = [connect(thread, "compare"), connect(thread, "compare")] as const;
    const acknowledged = Promise.all(ports.map((port) => acknowledgedOn(port)));
    ports[0].postMessage(batch("a", UNIT));
    ports[1].postMessage(batch("b", UNIT));
    expect(await acknowledged).toEqual([["a"], ["b"]]);
    await next("committed");
    expect(await counts(path)).toEqual([6]);
    const { snapshot } = await next("metrics");
    expect(snapshot.map((metric) => (metric as { name: string }).name)).toContain("shadowdiff_store_batches_total");
    for (const port of ports) port.close();
  });

  it("commits the results that were sent before it closes, and reports that it has closed", async () => {
    const path = newPath();
    const { thread, next } = startStore(path);
    await next("state");
    const [proxy, port] = [connect(thread, "proxy"), connect(thread, "compare")];
    const acknowledged = Promise.all([acknowledgedOn(proxy), acknowledgedOn(port, 50)]);
    proxy.postMessage(ARRIVED);
    for (let number = 0; number < 49; number += 1) port.postMessage(batch(`${number}`, UNIT));
    port.postMessage(COMPARED);
    thread.post({ type: "close" });
    expect((await acknowledged).map(({ length }) => length)).toEqual([1, 50]);
    await next("closed");
    expect(await counts(path)).toEqual([150]);
    expect(await fates(path, RUN.id)).toEqual({ received: 150, mirrored: 3 });
    port.close();
    proxy.close();
  });

  it("keeps running while the database cannot be opened, and commits everything once it can", async () => {
    const path = newPath();
    mkdirSync(path);
    const { thread, next } = startStore(path);
    expect((await next("state")).error).toContain(`cannot open the database ${path}: `);
    const port = connect(thread, "compare");
    port.postMessage(batch("a", UNIT));
    const acknowledged = acknowledgedOn(port);
    rmdirSync(path);
    expect(await next("state")).toEqual({ type: "state", error: null });
    expect(await acknowledged).toEqual(["a"]);
    expect(await counts(path)).toEqual([3]);
    port.close();
  });

  it("responds to edits by their id: rules, and a new run that receives later batches", async () => {
    const path = newPath();
    const { thread, next } = startStore(path);
    expect(await next("rules")).toEqual({ type: "rules", rules: [], denied: [], templates: [] });
    const port = connect(thread, "compare");
    const acknowledged = acknowledgedOn(port);
    port.postMessage(batch("a", UNIT));
    await acknowledged;
    const audit = { at: 1, by: "127.0.0.1", what: "taken back" };
    thread.post({ type: "edit", id: 7, edit: { type: "reviews", put: [], remove: ["x"], audit } });
    expect(await next("response")).toEqual({ type: "response", id: 7, error: null });
    thread.post({ type: "switch-run", id: 8, run: { ...RUN, id: "later" }, endedAt: 5 });
    expect(await next("response")).toEqual({ type: "response", id: 8, error: null, isConflict: false });
    const second = acknowledgedOn(port);
    port.postMessage(batch("b", UNIT));
    await second;
    expect(await counts(path)).toEqual([3]);
    const reader = openSqliteReader(path);
    expect(flat(await reader.outcomes("later", "v2")).map(({ count }) => count)).toEqual([3]);
    expect(await reader.audit(9)).toEqual([audit]);
    await reader.close();
    port.close();
  });

  it("commits the arrival of requests before their comparison, whichever port it reads first", async () => {
    const path = newPath();
    const { thread, next } = startStore(path);
    await next("state");
    const ports = (["compare", "proxy", "compare"] as const).map((type) => connect(thread, type));
    const [first, proxy, last] = ports as [MessagePort, MessagePort, MessagePort];
    const acknowledged = Promise.all([acknowledgedOn(first), acknowledgedOn(proxy, 2), acknowledgedOn(last)]);
    for (const [number, compare] of [first, last].entries()) {
      proxy.postMessage({ ...ARRIVED, id: `arrived/${number}` });
      compare.postMessage({ ...COMPARED, id: `compared/${number}` });
    }
    await acknowledged;
    const db = new Sqlite(path, { readonly: true });
    const ids = db.prepare<[], string>("SELECT id FROM batch ORDER BY rowid").pluck().all();
    db.close();
    const positions = [0, 1].map((number) => [`arrived/${number}`, `compared/${number}`].map((id) => ids.indexOf(id)));
    expect(positions).toEqual(positions.map((pair) => pair.toSorted((a, b) => a - b)));
    expect(await fates(path, RUN.id)).toEqual({ received: 6, mirrored: 6 });
    for (const port of ports) port.close();
  });

  it("counts a batch once that is sent to a second thread after the first one was killed", async () => {
    const path = newPath();
    const first = startStore(path);
    await first.next("state");
    const ports = [connect(first.thread, "proxy"), connect(first.thread, "compare")] as const;
    const acknowledged = Promise.all(ports.map((port) => acknowledgedOn(port)));
    ports[0].postMessage(ARRIVED);
    ports[1].postMessage(batch("a", UNIT));
    await acknowledged;
    await first.thread.terminate();
    const second = startStore(path);
    await second.next("state");
    const [proxy, compare] = [connect(second.thread, "proxy"), connect(second.thread, "compare")];
    const acknowledgedAgain = Promise.all([acknowledgedOn(proxy), acknowledgedOn(compare, 2)]);
    proxy.postMessage(ARRIVED);
    for (const id of ["a", "b"]) compare.postMessage(batch(id, UNIT));
    expect(await acknowledgedAgain).toEqual([[ARRIVED.id], ["a", "b"]]);
    expect(await counts(path)).toEqual([6]);
    expect(await fates(path, RUN.id)).toEqual({ received: 9, inFlight: 3 });
    for (const port of [...ports, proxy, compare]) port.close();
  });
});
