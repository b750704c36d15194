import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { loadConfig } from "../../src/config/load-config.ts";
import { newRun } from "../../src/config/run-from-config.ts";
import type { WantedRequest } from "../../src/model/isolate/probe.ts";
import { ArmedRequests } from "../../src/probe/armed-requests.ts";
import { ProbeSender } from "../../src/probe/probe-sender.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { Supervisor } from "../../src/threads/supervisor.ts";
import type { SupervisorEvents } from "../../src/threads/supervisor-options.ts";
import { createVersions } from "../probe/versions.ts";

const start = createVersions();
const NO_SIGNAL = new AbortController().signal;
const TOKEN = "Bearer s3cr3t-of-a-client";
const PRICE: WantedRequest = {
  candidate: "v2",
  endpoint: "POST /items/{id}",
  fields: [{ section: "body", path: "$.price", kind: "value" }],
};

const IGNORED = (): void => {};

/** The threads of the program, without its admin listener. */
async function startThreads(primary: string, candidate: string) {
  const folder = mkdtempSync(join(tmpdir(), "shadowdiff-armed-"));
  const config = loadConfig({
    file: undefined,
    flags: {
      primary: `v1=${primary}`,
      candidate: [`v2=${candidate}`],
      listen: "127.0.0.1:0",
      store: `sqlite:${join(folder, "test.db")}`,
      method: ["GET", "POST"],
    },
    env: {},
  });
  const lines: string[] = [];
  const log = createLogger({ level: "debug", thread: "main", stream: { write: (line) => void lines.push(line) } });
  const events: SupervisorEvents = {
    committed: IGNORED,
    shared: IGNORED,
    runJoined: IGNORED,
    rulesChanged: IGNORED,
    storeStateChanged: IGNORED,
    requestsLost: IGNORED,
    storeFileLost: IGNORED,
    threadRestarted: IGNORED,
    metrics: IGNORED,
    spans: IGNORED,
    tail: IGNORED,
    endpointsCompared: IGNORED,
    upstreamReported: IGNORED,
    arrived: IGNORED,
    replayed: IGNORED,
    downUpstreams: () => [],
    found: (found) => live.found(found),
  };
  const supervisor = new Supervisor({
    config,
    run: newRun(config, Date.now(), {}),
    replica: { id: "0123456789abcdef", name: "test" },
    log,
    events,
  });
  const live = new ArmedRequests((causes) => supervisor.arm(causes));
  const sender = new ProbeSender({
    settings: () => supervisor.comparisonSettings(),
    redactionKey: supervisor.redactionKey,
    metrics: { probed: IGNORED },
    random: Math.random,
  });
  onTestFinished(async () => void (await Promise.all([supervisor.kill(), sender.close()])));
  supervisor.start();
  expect(await supervisor.storeOpened()).toBeNull();
  const url = `http://127.0.0.1:${await supervisor.listen()}`;
  return { supervisor, live, sender, url, lines, folder };
}

/** Sends requests until something is found. */
async function whileSending<Found>(waiting: Promise<Found>, send: () => Promise<void>): Promise<Found> {
  const state = { isOver: false };
  const found = waiting.finally(() => (state.isOver = true));
  while (!state.isOver) await send();
  return found;
}

it("the next live request that shows the cause is taken with its secrets and its body, which reach neither store nor log", async () => {
  const v1 = await start(() => ({ json: { price: 1 } }));
  const v2 = await start(({ headers }) => ({ json: { price: headers.authorization === TOKEN ? 2 : 1 } }));
  const { supervisor, live, sender, url, lines, folder } = await startThreads(v1.url, v2.url);
  const send = async (path: string, headers: Record<string, string>): Promise<void> => {
    await (await fetch(url + path, { method: "POST", headers, body: `{"at":"${path}"}` })).text();
  };
  // Before it is armed.
  await send("/items/1", { authorization: TOKEN });

  let id = 2;
  const { request, route, primary, exchangeId } = await whileSending(live.next(PRICE, NO_SIGNAL), async () => {
    // Neither shows the cause: the first is identical, the second of another endpoint.
    await send(`/items/${id}`, { "x-attempt": String(id) });
    await send(`/orders/${id}`, { authorization: TOKEN });
    await send(`/items/${id}`, { authorization: TOKEN, "x-attempt": String(id) });
    id += 1;
  });
  expect([route, primary, request.method]).toEqual(["default", "v1", "POST"]);
  expect(request.target).toMatch(/^\/items\/\d+$/);
  const attempt = request.target.split("/")[2];
  const named = Object.fromEntries(
    request.headers.flatMap((text, at) => (at % 2 === 0 ? [[text.toLowerCase(), request.headers[at + 1]]] : [])),
  );
  expect(named).toMatchObject({ authorization: TOKEN, "x-attempt": attempt });
  expect(Buffer.from(request.body ?? []).toString()).toBe(`{"at":"${request.target}"}`);
  expect(exchangeId).toMatch(/k$/);

  const target = { purpose: "isolate", route, primary, candidate: "v2", measuresNoise: true } as const;
  const result = await sender.probe(request, target, NO_SIGNAL);
  expect(result).toMatchObject({ failure: null, fields: [{ path: "$.price", mark: "raw" }] });
  expect(v2.seen.at(-1)).toMatchObject({ body: `{"at":"${request.target}"}`, headers: { authorization: TOKEN } });

  // Several can wait for the same request, and one that is stopped waits no longer.
  const wanted = { ...PRICE, endpoint: "GET /items/{id}" };
  const stopped = new AbortController();
  const first = live.next(wanted, stopped.signal);
  stopped.abort(new Error("stopped by the operator"));
  await expect(first).rejects.toThrow("stopped by the operator");
  const both = await whileSending(
    Promise.all([live.next(wanted, NO_SIGNAL), live.next(wanted, NO_SIGNAL)]),
    async () => {
      await (await fetch(`${url}/items/7`, { headers: { authorization: TOKEN } })).text();
    },
  );
  const get = { method: "GET", target: "/items/7", body: null };
  expect(both.map((one) => one.request)).toMatchObject([get, get]);

  expect(await supervisor.drainProxies({ graceMs: 10_000, commitMs: 10_000 }, 10_000)).toBe(true);
  expect(await supervisor.closeStore(10_000)).toBe(true);
  const written = readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1"));
  expect(written.join("\n")).toContain("[redacted:");
  expect([...written, ...lines].join("\n")).not.toContain("s3cr3t");
});
