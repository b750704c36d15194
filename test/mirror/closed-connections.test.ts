import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { rawResponse, type Gateway, RawClient, type RawUpstream } from "../proxy/proxy-harness.ts";
import { createGateways } from "./gateways.ts";

const { start, upstream, respondingWith } = createGateways();

const METHODS: ReadonlySet<string> = new Set(["GET", "POST"]);
const POST = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
const GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

/** Closes each connection at its second request, as a server does whose idle timeout has just passed. */
async function closingAtReuse(): Promise<RawUpstream> {
  const used = new WeakSet<Socket>();
  return upstream((socket) => {
    if (used.has(socket)) return socket.resetAndDestroy();
    used.add(socket);
    return void socket.write(rawResponse("ok"));
  });
}

/** Sends requests one after the other, and waits until each exchange has ended. @returns the last response */
async function inTurn(gateway: Gateway, requests: readonly string[]): Promise<string> {
  const client = await RawClient.open(gateway.port);
  for (const request of requests) {
    client.received = Buffer.alloc(0);
    client.send(request);
    await client.until((text) => /ok$|}\n$/.test(text));
    await gateway.settle();
  }
  client.close();
  return client.text;
}

describe("a mirrored request on an idle connection that the candidate closes", () => {
  it("is skipped: it is neither a difference nor a failure for the circuit breaker", async () => {
    const primary = await respondingWith(rawResponse("ok"));
    const candidate = await closingAtReuse();
    const breaker = { failures: 1, openMs: 60_000 };
    const gateway = await start({
      primary: primary.url,
      candidates: [{ url: candidate.url, methods: METHODS, breaker }],
    });
    await inTurn(gateway, [POST, POST, GET]);
    expect(gateway.accounting()).toEqual({ received: 3, mirrored: 3, "skipped:connection-closed": 1 });
    expect(gateway.exchanges.map(({ candidates }) => candidates[0]?.capture.failure)).toEqual([null, null]);
  });

  it("is repeated with a safe method, and compared", async () => {
    const primary = await respondingWith(rawResponse("ok"));
    const candidate = await closingAtReuse();
    const gateway = await start({ primary: primary.url, candidates: [{ url: candidate.url }] });
    await inTurn(gateway, [GET, GET]);
    expect(gateway.accounting()).toEqual({ received: 2, mirrored: 2 });
    expect(gateway.exchanges.map(({ candidates }) => candidates[0]?.capture.failure)).toEqual([null, null]);
  });

  it("is a difference when the candidate closes new connections because of the request too", async () => {
    const primary = await respondingWith(rawResponse("ok"));
    const candidate = await upstream((socket, text) => {
      if (text.startsWith("POST")) socket.resetAndDestroy();
      else socket.write(rawResponse("ok"));
    });
    const gateway = await start({ primary: primary.url, candidates: [{ url: candidate.url, methods: METHODS }] });
    await inTurn(gateway, [GET, POST, GET, POST]);
    expect(gateway.accounting()).toEqual({ received: 4, mirrored: 4, "skipped:connection-closed": 1 });
    const failures = gateway.exchanges.map(({ candidates }) => candidates[0]?.capture.failure?.kind);
    expect(failures).toEqual([undefined, undefined, "reset"]);
  });

  it("costs the exchange its pair when it went to the secondary", async () => {
    const primary = await respondingWith(rawResponse("ok"));
    const candidate = await respondingWith(rawResponse("ok"));
    const secondary = await closingAtReuse();
    const gateway = await start({
      primary: primary.url,
      candidates: [{ url: candidate.url, methods: METHODS }],
      secondary: { url: secondary.url },
    });
    await inTurn(gateway, [POST, POST]);
    expect(gateway.accounting()).toEqual({ received: 2, mirrored: 2 });
    expect(gateway.exchanges.map((exchange) => exchange.secondary !== null)).toEqual([true, false]);
  });
});

describe("a request on an idle connection that the primary closes", () => {
  it("fails without being repeated unless its method is safe", async () => {
    let posts = 0;
    const used = new WeakSet<Socket>();
    const primary = await upstream((socket, text) => {
      if (text.startsWith("POST")) posts += 1;
      if (used.has(socket)) return socket.resetAndDestroy();
      used.add(socket);
      return void socket.write(rawResponse("ok"));
    });
    const gateway = await start({ primary: primary.url });
    expect(await inTurn(gateway, [GET, POST])).toMatch(/^HTTP\/1\.1 502 /);
    expect(posts).toBe(1);
    expect(await inTurn(gateway, [GET, GET])).toMatch(/^HTTP\/1\.1 200 /);
  });
});
