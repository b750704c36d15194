import { afterEach, describe, expect, it } from "vitest";
import type { Route } from "../../src/model/routing.ts";
import { rawResponse, Gateway, RawClient, RawUpstream, type RoutedOptions, talk } from "../proxy/proxy-harness.ts";
import { destination, forward, match, policy, route, subset } from "../proxy/route-builders.ts";

const stops: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of stops.splice(0)) await one.stop();
});

async function upstream(respond: Parameters<typeof RawUpstream.start>[0]): Promise<RawUpstream> {
  const raw = await RawUpstream.start(respond);
  stops.push(raw);
  return raw;
}

async function respondingWith(body: string): Promise<RawUpstream> {
  const raw = await RawUpstream.respondingWith(rawResponse(body));
  stops.push(raw);
  return raw;
}

async function start(options: RoutedOptions): Promise<Gateway> {
  const gateway = await Gateway.start(options);
  stops.unshift(gateway);
  return gateway;
}

const GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const routed = (primary: RawUpstream, ...candidates: readonly RawUpstream[]): Route[] => [
  route(
    "r",
    forward([destination(subset("v1", primary.url))], {
      candidates: candidates.map(({ url }, index) => policy(subset(`c${index}`, url))),
    }),
  ),
];

describe("reconfigure", () => {
  it("fails no request under load, routes each by either configuration, and accounts for all of them", async () => {
    const [old, fresh, candidate] = [
      await respondingWith("old"),
      await respondingWith("new"),
      await respondingWith("new"),
    ];
    const gateway = await start({ routes: routed(old, candidate) });
    const CLIENTS = 8;
    const REQUESTS = 60;
    let done = 0;
    const responses = await Promise.all(
      Array.from({ length: CLIENTS }, async () => {
        const client = await RawClient.open(gateway.port);
        const bodies: string[] = [];
        for (let round = 0; round < REQUESTS; round += 1) {
          client.received = Buffer.alloc(0);
          client.send(GET);
          bodies.push((await client.until((text) => /(?:old|new)$/.test(text))).slice(-3));
          done += 1;
          if (done % 40 === 0) gateway.reconfigure(done >= 240 ? routed(fresh, candidate) : routed(old, candidate));
        }
        client.close();
        return bodies;
      }),
    );
    const bodies = responses.flat();
    expect(bodies).toHaveLength(CLIENTS * REQUESTS);
    expect(new Set(bodies)).toEqual(new Set(["old", "new"]));
    expect(gateway.requests.every(([, code]) => code === 200)).toBe(true);
    // On each connection, responses of the new route follow those of the old one.
    for (const own of responses) expect(own).toEqual(own.toSorted().toReversed());
    await gateway.settle();
    expect(gateway.accounting("c0")).toEqual({ received: bodies.length, mirrored: bodies.length });
    // Unchanged upstreams keep their connections.
    expect(gateway.connected).toEqual([old.url, candidate.url, fresh.url]);
    await expect.poll(() => old.sockets.every(({ destroyed }) => destroyed)).toBe(true);
  });

  it("keeps route and connections of requests in flight until they have ended", async () => {
    const waiting: (() => void)[] = [];
    const slow = (body: string) => upstream((socket) => void waiting.push(() => void socket.write(rawResponse(body))));
    const [old, oldCandidate] = [await slow("old"), await slow("old")];
    const fresh = await respondingWith("new");
    const gateway = await start({ routes: routed(old, oldCandidate) });
    const client = await RawClient.open(gateway.port);
    client.send(GET);
    await expect.poll(() => waiting.length).toBe(2);
    gateway.reconfigure(routed(fresh));
    expect(await talk(gateway.port, GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"))).toMatch(/new$/);
    expect([old.sockets[0]?.destroyed, oldCandidate.sockets[0]?.destroyed]).toEqual([false, false]);
    for (const respond of waiting) respond();
    await client.until((text) => text.endsWith("old"));
    await gateway.settle();
    expect(gateway.exchanges[0]?.candidates[0]?.identical).toBe(true);
    await expect.poll(() => [old.sockets[0]?.destroyed, oldCandidate.sockets[0]?.destroyed]).toEqual([true, true]);
    client.close();
  });

  it("keeps the previous routes when the new ones are invalid, and leaves no connection open", async () => {
    const primary = await respondingWith("ok");
    const gateway = await start({ routes: routed(primary) });
    const broken = route("r", forward([destination(subset("v9", primary.url))]), {
      matches: [match({ uri: { type: "regex", source: "(" } })],
    });
    expect(() => gateway.reconfigure([broken])).toThrow(/missing closing/);
    expect(await talk(gateway.port, GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"))).toMatch(/ok$/);
    gateway.reconfigure(routed(primary));
    expect(gateway.connected).toEqual([primary.url]);
  });
});

describe("warmUp", () => {
  it("opens one connection to each address without sending anything, for the first request to use", async () => {
    const [primary, first, second] = [
      await respondingWith("ok"),
      await respondingWith("ok"),
      await respondingWith("ok"),
    ];
    const gateway = await start({
      routes: [
        route(
          "r",
          forward([destination(subset("v1", primary.url))], {
            candidates: [policy(subset("c0", first.url, second.url))],
          }),
        ),
      ],
    });
    gateway.pipeline.warmUp();
    gateway.pipeline.warmUp();
    const opened = (): number[] => [primary, first, second].map(({ sockets }) => sockets.length);
    await expect.poll(opened).toEqual([1, 1, 1]);
    expect(primary.received + first.received + second.received).toBe("");
    const client = await RawClient.open(gateway.port);
    client.send(GET);
    await client.until((text) => text.endsWith("ok"));
    await gateway.settle();
    expect(gateway.exchanges[0]?.primary.timing.connectMs).toBeNull();
    expect(gateway.exchanges[0]?.candidates[0]?.capture.timing.connectMs).toBeNull();
    expect(opened()).toEqual([1, 1, 1]);
    client.close();
  });

  it("ignores a candidate that cannot be reached", async () => {
    const primary = await respondingWith("ok");
    const gateway = await start({ routes: routed(primary) });
    gateway.reconfigure([
      route(
        "r",
        forward([destination(subset("v1", primary.url))], {
          candidates: [policy(subset("c0", "http://127.0.0.1:1"))],
        }),
      ),
    ]);
    gateway.pipeline.warmUp();
    await expect.poll(() => primary.sockets.length).toBe(1);
    expect(await talk(gateway.port, GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"))).toMatch(/ok$/);
    await gateway.settle();
    expect(gateway.exchanges[0]?.candidates[0]?.capture.failure?.kind).toBe("refused");
  });

  it("does not use a connection on which the server has sent data without a request", async () => {
    const primary = await upstream((socket) => void socket.write(rawResponse("ok")));
    const gateway = await start({ routes: routed(primary) });
    gateway.pipeline.warmUp();
    await expect.poll(() => primary.sockets.length).toBe(1);
    primary.sockets[0]?.end("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await talk(gateway.port, GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"))).toMatch(/ok$/);
    expect(primary.sockets.length).toBe(2);
  });
});
