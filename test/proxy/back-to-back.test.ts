import { afterEach, describe, expect, it } from "vitest";
import { ask, openHttp2 } from "./listener/http2-exchange.ts";
import { Gateway, type GatewayOptions, RawClient, RawUpstream, rawResponse, talk } from "./proxy-harness.ts";

const REQUESTS = 400;
/** Before that many, nothing is decided. */
const UNDECIDED = 64;
const GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function start(options: Partial<GatewayOptions> = {}): Promise<Gateway> {
  const [primary, candidate] = [
    await RawUpstream.respondingWith(rawResponse("ok")),
    await RawUpstream.respondingWith(rawResponse("ok")),
  ];
  const gateway = await Gateway.start({ primary: primary.url, candidates: [{ url: candidate.url }], ...options });
  stops.push(
    async () => gateway.stop(),
    async () => primary.stop(),
    async () => candidate.stop(),
  );
  return gateway;
}

/** Which exchanges are marked, in order of arrival. */
async function marksOf(gateway: Gateway): Promise<readonly boolean[]> {
  await gateway.settle();
  return gateway.exchanges
    .toSorted((a, b) => Number(a.id.split("-")[1]) - Number(b.id.split("-")[1]))
    .map(({ backToBack }) => backToBack);
}

async function sendInTurn(port: number, count: number): Promise<void> {
  const client = await RawClient.open(port);
  for (let sent = 0; sent < count; sent += 1) {
    client.received = Buffer.alloc(0);
    client.send(GET);
    await client.until((text) => text.endsWith("ok"));
  }
  client.close();
}

describe("an exchange is back to back", () => {
  it("when its client sends each request after a response, and enough requests were seen", async () => {
    const gateway = await start();
    await sendInTurn(gateway.port, REQUESTS);
    const marks = await marksOf(gateway);
    expect(marks.slice(0, UNDECIDED - 1)).toEqual(Array(UNDECIDED - 1).fill(false));
    expect(marks.slice(UNDECIDED).filter(Boolean).length / (REQUESTS - UNDECIDED)).toBeGreaterThan(0.8);
  });

  it("over HTTP/2 as well, where each stream follows the one that ended last", async () => {
    const gateway = await start();
    const session = openHttp2(`http://127.0.0.1:${gateway.port}`);
    stops.unshift(() => session.destroy());
    for (let sent = 0; sent < REQUESTS; sent += 1) await ask(session, "/");
    const marks = await marksOf(gateway);
    expect(marks.slice(UNDECIDED).filter(Boolean).length / (REQUESTS - UNDECIDED)).toBeGreaterThan(0.8);
  });

  it("but not the first one on a connection", async () => {
    const gateway = await start();
    for (let sent = 0; sent < 2 * UNDECIDED; sent += 1) {
      await talk(gateway.port, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    }
    expect(await marksOf(gateway)).toEqual(Array(2 * UNDECIDED).fill(false));
    await sendInTurn(gateway.port, REQUESTS);
    const [first, ...rest] = (await marksOf(gateway)).slice(2 * UNDECIDED);
    expect(first).toBe(false);
    expect(rest.filter(Boolean).length).toBeGreaterThan(0);
  });

  it("and never in a tap, whose responses do not depend on the primary", async () => {
    const gateway = await start({ tap: { methods: new Set(["GET"]), stripHostSuffix: true } });
    const client = await RawClient.open(gateway.port);
    for (let sent = 1; sent <= REQUESTS; sent += 1) {
      client.send(GET);
      await client.until((text) => text.split("202 Accepted").length > sent);
    }
    expect(await marksOf(gateway)).not.toContain(true);
    client.close();
  });
});
