import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import type { LegTimeouts, LegRequest } from "../../../src/upstream/leg.ts";
import { UndiciClient } from "../../../src/upstream/undici/undici-client.ts";
import { rawResponse, RawUpstream } from "../../proxy/proxy-harness.ts";

const LIMITS: LegTimeouts = { headMs: 2_000, idleMs: 2_000, totalMs: 0 };
const GET: LegRequest = { method: "GET", target: "/", headers: ["Host", "h"], body: null };

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Starts an upstream that responds to the first request of each connection and treats the others differently. */
async function start(atReuse: (socket: Socket) => void): Promise<{ client: UndiciClient; requests: () => number }> {
  const used = new WeakSet<Socket>();
  let requests = 0;
  const raw = await RawUpstream.start((socket) => {
    requests += 1;
    if (used.has(socket)) return atReuse(socket);
    used.add(socket);
    return socket.write(rawResponse("fresh"));
  });
  const client = new UndiciClient(raw.url, 500);
  stops.push(
    async () => client.destroy(),
    async () => raw.stop(),
  );
  return { client, requests: () => requests };
}

/** Returns the calls that a handler receives, in order. The connection is free again afterwards. */
async function run(client: UndiciClient, request: LegRequest, limits = LIMITS): Promise<string[]> {
  const calls: string[] = [];
  await new Promise<void>((resolve) => {
    client.send(request, limits, {
      start: (connectMs) =>
        calls.push(connectMs === null ? "start on an open connection" : "start on a new connection"),
      head: (status) => calls.push(`${status}`),
      data: (chunk) => calls.push(chunk.toString()),
      end() {
        calls.push("end");
        resolve();
      },
      fail({ kind }) {
        calls.push(kind);
        resolve();
      },
    });
  });
  await nextTurn();
  return calls;
}

const FRESH = ["start on a new connection", "200", "fresh", "end"];

describe("a connection that the upstream closes when it is reused", () => {
  for (const [how, close] of [
    ["closed", (socket: Socket) => socket.end()],
    ["reset", (socket: Socket) => socket.resetAndDestroy()],
  ] as const) {
    it(`${how}: a request with a safe method is retried on a new connection`, async () => {
      const { client, requests } = await start(close);
      expect(await run(client, GET)).toEqual(FRESH);
      expect(await run(client, GET)).toEqual(["start on an open connection", ...FRESH]);
      expect(requests()).toBe(3);
    });
  }

  for (const [what, request] of [
    ["another method", { ...GET, method: "DELETE" }],
    ["a body", { ...GET, method: "GET", headers: ["Host", "h", "Content-Length", "2"], body: Readable.from(["hi"]) }],
  ] as [string, LegRequest][]) {
    it(`a request with ${what} is not retried and fails`, async () => {
      const { client, requests } = await start((socket) => socket.resetAndDestroy());
      await run(client, GET);
      expect(await run(client, request)).toEqual(["start on an open connection", "reset"]);
      expect(requests()).toBe(2);
    });
  }

  it("a request whose response has begun is not retried", async () => {
    const { client, requests } = await start((socket) => socket.end("HTTP/1.1 20"));
    await run(client, GET);
    expect(await run(client, GET)).toEqual(["start on an open connection", "reset"]);
    expect(requests()).toBe(2);
  });

  it("the deadline counts from the first attempt", async () => {
    const { client, requests } = await start((socket) => setTimeout(() => socket.destroy(), 150));
    await run(client, GET);
    expect(await run(client, GET, { ...LIMITS, totalMs: 60 })).toEqual(["start on an open connection", "timeout"]);
    expect(requests()).toBe(2);
  });
});
