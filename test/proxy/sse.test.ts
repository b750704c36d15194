import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { createComparer } from "../../src/compare/batch-comparer.ts";
import { CONFIG, KEY } from "../compare/build-exchanges.ts";
import { Front } from "./front.ts";
import { Gateway, RawClient, RawUpstream } from "./proxy-harness.ts";
import { openHttp2 } from "./listener/http2-exchange.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const event = (text: string): string => `${(text.length + 8).toString(16)}\r\ndata: ${text}\n\n\r\n`;

async function start(): Promise<[Front, RawUpstream]> {
  const upstream = await RawUpstream.start((socket) => socket.write(HEAD));
  const front = await Front.start({ upstream: upstream.url });
  stops.push(
    async () => front.stop(),
    async () => upstream.stop(),
  );
  return [front, upstream];
}

// Each event is sent only after the previous one has arrived, so buffering one would block the test.
describe("server-sent events pass one by one, the head before the first", () => {
  it("over HTTP/1.1", async () => {
    const [front, upstream] = await start();
    const client = await RawClient.open(front.port);
    client.send("GET /events HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\n\r\n");
    await client.until((text) => text.includes("text/event-stream\r\n") && text.endsWith("\r\n\r\n"));
    for (const text of ["one", "two", "three"]) {
      upstream.sockets[0]?.write(event(text));
      await client.until((all) => all.endsWith(event(text)));
    }
    client.close();
    await expect.poll(() => upstream.sockets[0]?.destroyed).toBe(true);
  });

  it("over HTTP/2", async () => {
    const [front, upstream] = await start();
    const session = openHttp2(front.url);
    stops.unshift(() => session.destroy());
    const stream = session.request({ ":path": "/events" });
    await once(stream, "response");
    for (const text of ["one", "two", "three"]) {
      const arrived = once(stream, "data");
      upstream.sockets[0]?.write(event(text));
      expect(String((await arrived)[0])).toBe(`data: ${text}\n\n`);
    }
  });
});

const CAP = 64;
const END = "0\r\n\r\n";

/** Opens streams of a primary and a candidate that have sent only their heads. */
async function mirrored(): Promise<[Gateway, RawClient, RawUpstream, RawUpstream]> {
  const primary = await RawUpstream.start((socket) => socket.write(HEAD));
  const candidate = await RawUpstream.start((socket) => socket.write(HEAD));
  const gateway = await Gateway.start({
    primary: primary.url,
    candidates: [{ url: candidate.url, timeoutMs: 20_000 }],
    capture: { maxBodyBytes: CAP },
    upstream: { idleTimeoutMs: 20_000 },
  });
  stops.push(
    async () => gateway.stop(),
    async () => primary.stop(),
    async () => candidate.stop(),
  );
  const client = await RawClient.open(gateway.port);
  client.send("GET /events HTTP/1.1\r\nHost: h\r\n\r\n");
  await expect.poll(() => [primary.sockets.length, candidate.sockets.length]).toEqual([1, 1]);
  await client.until((text) => text.includes("\r\n\r\n"));
  return [gateway, client, primary, candidate];
}

function findings(gateway: Gateway): string[] {
  const comparer = createComparer({ config: { ...CONFIG }, redactionKey: KEY });
  return gateway.batches
    .flatMap((batch) => [...comparer.compare(batch).outcomes])
    .flatMap(({ fields }) => fields.map(({ section, path, kind }) => `${section} ${path} ${kind}`));
}

describe("mirrored event streams", () => {
  const long = "x".repeat(CAP);

  it.each([
    ["the same", "last", [], CAP],
    ["different bytes beyond the cap", "LAST", ["body $ truncated"], CAP],
  ])("are compared only once both have ended: %s", async (_name, last, expected, kept) => {
    const [gateway, client, primary, candidate] = await mirrored();
    primary.sockets[0]?.write(event(long) + event("last"));
    candidate.sockets[0]?.write(event(long) + event(last));
    await client.until((text) => text.includes("data: last\n\n"));
    expect([gateway.mirror.inFlight, gateway.exchanges.length]).toEqual([1, 0]);
    primary.sockets[0]?.write(END);
    await client.until((text) => text.endsWith(END));
    expect([gateway.mirror.inFlight, gateway.exchanges.length]).toEqual([1, 0]);
    candidate.sockets[0]?.write(END);
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, mirrored: 1 });
    expect(gateway.exchanges.map((exchange) => exchange.primary.body.bytes?.length)).toEqual([kept]);
    expect(findings(gateway)).toEqual(expected);
    client.close();
  });

  it("are not compared when the client disconnects first: the exchange is counted, and the candidate's stream is closed", async () => {
    const [gateway, client, primary, candidate] = await mirrored();
    primary.sockets[0]?.write(event("one"));
    candidate.sockets[0]?.write(event("another"));
    await client.until((text) => text.endsWith(event("one")));
    client.close();
    await expect.poll(() => candidate.sockets[0]?.destroyed).toBe(true);
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, mirrored: 1, "skipped:client-aborted": 1 });
    expect(gateway.exchanges).toEqual([]);
  });
});
