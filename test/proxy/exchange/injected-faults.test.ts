import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import type { Fault } from "../../../src/model/routing.ts";
import { drawFaults } from "../../../src/proxy/exchange/injected-faults.ts";
import { seeded, withinThreeSigma } from "../../lib/seeded.ts";
import { rawResponse, Gateway, RawClient, RawUpstream, talk } from "../proxy-harness.ts";
import { responseOf, openHttp2 } from "../listener/http2-exchange.ts";

const stops: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of stops.splice(0)) await one.stop();
});

const GET = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
const DELAY_MS = 300;

/** A gateway with a fault, and the paths of the upstreams that have received a request, in order. */
async function withFault(fault: Fault): Promise<{ gateway: Gateway; asked: () => string[] }> {
  const asked: string[] = [];
  const upstream = async (name: string): Promise<RawUpstream> => {
    const raw = await RawUpstream.start((socket) => {
      asked.push(name);
      socket.write(rawResponse("ok"));
    });
    stops.push(raw);
    return raw;
  };
  const gateway = await Gateway.start({
    primary: (await upstream("primary")).url,
    candidates: [{ url: (await upstream("candidate")).url }],
    secondary: { url: (await upstream("secondary")).url },
    forward: { fault },
    random: () => 0,
  });
  stops.unshift(gateway);
  return { gateway, asked: () => asked.toSorted() };
}

const delay = { percent: 100, ms: DELAY_MS };
const abort = { percent: 100, status: 418 };

describe("a delay", () => {
  it("on both delays every leg, and does not count as latency of any leg", async () => {
    const { gateway, asked } = await withFault({ on: "both", delay, abort: undefined });
    const began = performance.now();
    const talking = talk(gateway.port, GET);
    await new Promise((resolve) => setTimeout(resolve, DELAY_MS / 2));
    expect(asked()).toEqual([]);
    expect(await talking).toMatch(/ok$/);
    expect(performance.now() - began).toBeGreaterThanOrEqual(DELAY_MS - 2);
    await gateway.settle();
    expect(asked()).toEqual(["candidate", "primary", "secondary"]);
    const [exchange] = gateway.exchanges;
    expect(exchange?.primary.timing.totalMs).toBeLessThan(DELAY_MS);
    expect(exchange?.candidates[0]?.capture.timing.totalMs).toBeLessThan(DELAY_MS);
  });

  it("aborts the request to the primary when the body turns out to be malformed after the delay", async () => {
    const primary = await RawUpstream.start(() => {});
    const fault: Fault = { on: "both", delay: { percent: 100, ms: 20 }, abort: undefined };
    const gateway = await Gateway.start({ primary: primary.url, forward: { fault }, random: () => 0 });
    stops.push(gateway, primary);
    const request = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nzz\r\n";
    expect(await talk(gateway.port, request)).toMatch(/^HTTP\/1\.1 400 /);
    await expect.poll(() => primary.sockets.every(({ destroyed }) => destroyed)).toBe(true);
    expect(primary.received).not.toContain("0\r\n\r\n");
  });

  it.each(["primary", "candidate"] as const)("on the %s counts as latency of that leg only", async (on) => {
    const { gateway } = await withFault({ on, delay, abort: undefined });
    expect(await talk(gateway.port, GET)).toMatch(/ok$/);
    await gateway.settle();
    const [exchange] = gateway.exchanges;
    const times = {
      primary: exchange?.primary.timing.totalMs ?? 0,
      candidate: exchange?.candidates[0]?.capture.timing.totalMs ?? 0,
      secondary: exchange?.secondary?.capture.timing.totalMs ?? 0,
    };
    expect(Object.entries(times).filter(([, ms]) => ms >= DELAY_MS - 2)).toEqual([[on, times[on]]]);
  });

  it("forwards an HTTP/2 request whose empty body has ended during the delay", async () => {
    // Responds when the complete request has arrived.
    const primary = await RawUpstream.start((socket, received) => {
      if (received.endsWith("0\r\n\r\n")) socket.write(rawResponse("ok"));
    });
    const gateway = await Gateway.start({
      primary: primary.url,
      forward: { fault: { on: "both", delay, abort: undefined } },
      random: () => 0,
    });
    stops.push(gateway, primary);
    const session = openHttp2(`http://127.0.0.1:${gateway.port}`);
    await once(session, "connect");
    const stream = session.request({ ":method": "POST", ":path": "/" });
    stream.end();
    expect(await responseOf(stream)).toMatchObject({ status: 200, body: "ok" });
    session.destroy();
  });

  it("is canceled when the client disconnects: no request is sent", async () => {
    const { gateway, asked } = await withFault({ on: "both", delay: { ...delay, ms: 1_500 }, abort: undefined });
    const client = await RawClient.open(gateway.port);
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    await new Promise((resolve) => setTimeout(resolve, 50));
    client.close();
    await expect.poll(() => gateway.requests, { timeout: 1_400 }).toEqual([["GET", 0]]);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(asked()).toEqual([]);
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, "notMirrored:client-aborted": 1 });
  });

  it("delays the body of an upload too", async () => {
    const { gateway } = await withFault({ on: "both", delay, abort: undefined });
    const body = "x".repeat(200_000);
    const text = await talk(
      gateway.port,
      `POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect(text).toMatch(/ok$/);
  });
});

describe("an abort", () => {
  it.each(["both", "primary"] as const)("on %s is the response to the client, and no request is sent", async (on) => {
    const { gateway, asked } = await withFault({ on, delay: undefined, abort });
    const text = await talk(gateway.port, GET);
    expect(text).toMatch(/^HTTP\/1\.1 418 I'm a Teapot\r\n/);
    expect(text).toContain("\r\nProxy-Status: shadowdiff; error=proxy_internal_response\r\n");
    await gateway.settle();
    expect(asked()).toEqual([]);
    expect(gateway.requests).toEqual([["GET", 418]]);
    expect(gateway.accounting()).toEqual({ received: 1, "notMirrored:route": 1 });
  });

  it("on the candidate is compared as its response", async () => {
    const { gateway, asked } = await withFault({ on: "candidate", delay: undefined, abort });
    expect(await talk(gateway.port, GET)).toMatch(/ok$/);
    await gateway.settle();
    expect(asked()).toEqual(["primary", "secondary"]);
    expect(gateway.exchanges[0]?.candidates[0]?.capture).toMatchObject({ status: 418, failure: null });
    expect(gateway.accounting()).toEqual({ received: 1, mirrored: 1 });
  });

  it("follows the delay", async () => {
    const { gateway } = await withFault({ on: "both", delay, abort });
    const began = performance.now();
    expect(await talk(gateway.port, GET)).toMatch(/^HTTP\/1\.1 418 /);
    expect(performance.now() - began).toBeGreaterThanOrEqual(DELAY_MS - 2);
  });
});

describe("drawFaults", () => {
  it("draws delay and abort independently, each within three standard deviations of its percentage", () => {
    const DRAWS = 100_000;
    const random = seeded(5);
    const policy: Fault = { on: "both", delay: { percent: 20, ms: 1 }, abort: { percent: 5, status: 500 } };
    const drawn = Array.from({ length: DRAWS }, () => drawFaults(policy, random));
    const share = (hit: (fault: (typeof drawn)[number]) => boolean): number => drawn.filter(hit).length;
    expect(
      withinThreeSigma(
        share(({ delayMs }) => delayMs > 0),
        DRAWS,
        0.2,
      ),
    ).toBe(true);
    expect(
      withinThreeSigma(
        share(({ abortStatus }) => abortStatus !== null),
        DRAWS,
        0.05,
      ),
    ).toBe(true);
    expect(
      withinThreeSigma(
        share(({ delayMs, abortStatus }) => delayMs > 0 && abortStatus !== null),
        DRAWS,
        0.01,
      ),
    ).toBe(true);
  });

  it("never hits at 0%, and always at 100%", () => {
    const policy: Fault = { on: "primary", delay: { percent: 0, ms: 1 }, abort: { percent: 100, status: 500 } };
    expect(drawFaults(policy, () => 0)).toEqual({ delayMs: 0, abortStatus: 500, primary: null, candidate: null });
    expect(drawFaults(policy, () => 1 - Number.EPSILON / 2).abortStatus).toBe(500);
  });
});
