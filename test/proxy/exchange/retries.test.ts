import type { Socket } from "node:net";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { TransportFailure } from "../../../src/model/capture.ts";
import { withRetries } from "../../../src/proxy/exchange/retrying-client.ts";
import type { UpstreamClient } from "../../../src/upstream/leg.ts";
import { rawResponse, Gateway, type GatewayOptions, RawClient, RawUpstream, talk } from "../proxy-harness.ts";
import { destination, forward, policy, route, subset } from "../route-builders.ts";

const stops: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of stops.splice(0)) await one.stop();
});

const GET = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
const POST = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody";
const RETRIES = { attempts: 2, perTryTimeoutMs: undefined };

/** Handles the nth request (from 0) with the nth function, and all later ones with the last. */
async function inOrder(
  ...turns: readonly ((socket: Socket) => void)[]
): Promise<RawUpstream & { count: () => number }> {
  let count = 0;
  const upstream = await RawUpstream.start((socket, received) => {
    if (!/^(?:GET|POST|HEAD) /.test(received)) return;
    turns[Math.min(count, turns.length - 1)]?.(socket);
    count += 1;
  });
  stops.push(upstream);
  return Object.assign(upstream, { count: () => count });
}

async function start(options: GatewayOptions): Promise<Gateway> {
  const gateway = await Gateway.start(options);
  stops.unshift(gateway);
  return gateway;
}

/** The URL of a port on which no server listens. */
async function deadUrl(): Promise<string> {
  const gone = await RawUpstream.start(() => {});
  const { url } = gone;
  await gone.stop();
  return url;
}

const reset = (socket: Socket): void => void socket.resetAndDestroy();
const ok = (socket: Socket): void => void socket.write(rawResponse("ok"));
const silent = (): void => {};

describe("retries", () => {
  it("repeat a safe method after a reset, and mirror it only once", async () => {
    const primary = await inOrder(reset, reset, ok);
    const candidate = await inOrder(ok);
    const gateway = await start({
      primary: primary.url,
      candidates: [{ url: candidate.url }],
      forward: { retries: RETRIES },
    });
    expect(await talk(gateway.port, GET)).toMatch(/^HTTP\/1\.1 200 [^]*ok$/);
    await gateway.settle();
    expect([primary.count(), candidate.count()]).toEqual([3, 1]);
    expect(gateway.accounting()).toEqual({ received: 1, mirrored: 1 });
    expect(gateway.exchanges[0]?.primary).toMatchObject({ failure: null, status: 200 });
    expect(gateway.legs.filter(([role]) => role === "primary")).toEqual([["primary", "primary", 200]]);
  });

  it("stop after the configured number of attempts", async () => {
    const primary = await inOrder(reset);
    const gateway = await start({ primary: primary.url, forward: { retries: RETRIES } });
    expect(await talk(gateway.port, GET)).toMatch(/^HTTP\/1\.1 502 [^]*connection_terminated/);
    expect(primary.count()).toBe(3);
  });

  it("do not happen without a policy", async () => {
    const primary = await inOrder(reset, ok);
    const gateway = await start({ primary: primary.url });
    expect(await talk(gateway.port, GET)).toMatch(/^HTTP\/1\.1 502 /);
    expect(primary.count()).toBe(1);
  });

  it("do not repeat an unsafe method once its connection is open", async () => {
    const primary = await inOrder(reset, ok);
    const gateway = await start({ primary: primary.url, forward: { retries: RETRIES } });
    expect(await talk(gateway.port, POST)).toMatch(/^HTTP\/1\.1 502 /);
    expect(primary.count()).toBe(1);
  });

  it("repeat an unsafe method that was provably not processed, although its connection was open", () => {
    const events: string[] = [];
    const handler = {
      start: () => {},
      quirk: () => {},
      interim: () => {},
      head: (status: number) => void events.push(`head ${status}`),
      data: () => {},
      end: () => void events.push("end"),
      fail: ({ kind }: TransportFailure) => void events.push(`fail ${kind}`),
    };
    const leg = { pause: () => {}, resume: () => {}, setDeadline: () => {}, abort: () => {} };
    let attempts = 0;
    const refusing = (notProcessed: boolean): UpstreamClient => ({
      send(_request, _timeouts, attempt) {
        attempts += 1;
        attempt.start(null, undefined);
        attempt.fail({ kind: "reset", detail: "stream refused", notProcessed });
        return leg;
      },
      warmUp: () => {},
      closeIdle: () => 0,
      destroy: () => Promise.resolve(),
    });
    const request = { method: "POST", target: "/", headers: [], body: null };
    const limits = { headMs: Infinity, idleMs: Infinity, totalMs: 0 };
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const options = { retries: RETRIES, body: null, random: () => 0 };
    withRetries(refusing(false), options).send(request, limits, handler);
    vi.runAllTimers();
    expect([attempts, events]).toEqual([1, ["fail reset"]]);
    withRetries(refusing(true), options).send(request, limits, handler);
    vi.runAllTimers();
    expect([attempts, events]).toEqual([4, ["fail reset", "fail reset"]]);
  });

  it("repeat any method with its body at the next address while no connection can be opened", async () => {
    const primary = await inOrder(ok);
    const candidate = await inOrder(ok);
    const gateway = await Gateway.start({
      routes: [
        route(
          "r",
          forward([destination(subset("v1", await deadUrl(), await deadUrl(), primary.url))], {
            retries: RETRIES,
            candidates: [policy(subset("v2", candidate.url), { methods: new Set(["POST"]) })],
          }),
        ),
      ],
    });
    stops.unshift(gateway);
    expect(await talk(gateway.port, POST)).toMatch(/^HTTP\/1\.1 200 /);
    await gateway.settle();
    expect(primary.received).toMatch(/\r\n\r\nbody$/);
    expect(candidate.received).toBe(primary.received);
    expect(gateway.accounting("v2")).toEqual({ received: 1, mirrored: 1 });
  });

  it("repeat a long upload only while no attempt has read any of it", async () => {
    const SIZE = 3 * 1024 * 1024;
    let got = 0;
    const primary = await RawUpstream.start((socket, text) => {
      got += text.length;
      if (got > SIZE) socket.write(rawResponse("ok"));
    });
    stops.push(primary);
    const gateway = await Gateway.start({
      routes: [route("r", forward([destination(subset("v1", await deadUrl(), primary.url))], { retries: RETRIES }))],
    });
    stops.unshift(gateway);
    const client = await RawClient.open(gateway.port);
    client.send(`PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: ${SIZE}\r\n\r\n`);
    client.send(Buffer.alloc(SIZE, "x"));
    expect(await client.until((text) => text.endsWith("ok"))).toMatch(/^HTTP\/1\.1 200 /);
    expect(primary.received.slice(primary.received.indexOf("\r\n\r\n") + 4)).toBe("x".repeat(SIZE));
    client.close();
  });

  it("do not let a failed upload block its connection", async () => {
    const gateway = await start({ primary: await deadUrl(), forward: { retries: RETRIES } });
    const client = await RawClient.open(gateway.port);
    client.send(`PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n`);
    client.send(Buffer.alloc(1_000_000, "x"));
    await client.until((text) => text.endsWith("}\n"));
    client.received = Buffer.alloc(0);
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    expect(await client.until((text) => text.endsWith("}\n"))).toMatch(/^HTTP\/1\.1 502 /);
    client.close();
  });

  it("abort an attempt that does not respond within its timeout", async () => {
    const primary = await inOrder(silent, ok);
    const gateway = await start({
      primary: primary.url,
      forward: { retries: { attempts: 1, perTryTimeoutMs: 100 } },
    });
    expect(await talk(gateway.port, GET)).toMatch(/^HTTP\/1\.1 200 /);
    expect(primary.count()).toBe(2);
    expect(primary.sockets[0]?.destroyed).toBe(true);
  });

  it("end when the timeout of the route expires", async () => {
    const primary = await inOrder(silent);
    const gateway = await start({
      primary: primary.url,
      forward: { timeoutMs: 1_000, retries: { attempts: 100, perTryTimeoutMs: 100 } },
    });
    expect(await talk(gateway.port, GET)).toMatch(/^HTTP\/1\.1 504 /);
    expect(primary.count()).toBeGreaterThanOrEqual(1);
    expect(primary.count()).toBeLessThanOrEqual(11);
  });

  it("do not happen after the client has received a head", async () => {
    const primary = await inOrder((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello");
      setTimeout(() => socket.resetAndDestroy(), 20);
    });
    const gateway = await start({ primary: primary.url, forward: { retries: RETRIES } });
    expect(await talk(gateway.port, GET)).toMatch(/hello$/);
    expect(primary.count()).toBe(1);
  });

  it("end when the client disconnects between two attempts", async () => {
    const primary = await inOrder(reset);
    const gateway = await start({
      primary: primary.url,
      forward: { retries: { attempts: 1_000_000, perTryTimeoutMs: undefined } },
      random: () => 1,
    });
    const client = await RawClient.open(gateway.port);
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    await expect.poll(() => primary.count()).toBeGreaterThan(1);
    client.close();
    await expect.poll(() => gateway.requests).toEqual([["GET", 0]]);
    const before = primary.count();
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(primary.count() - before).toBeLessThanOrEqual(1);
  });
});
