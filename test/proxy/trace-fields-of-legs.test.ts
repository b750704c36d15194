import { once } from "node:events";
import { createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { ask, openHttp2 } from "./listener/http2-exchange.ts";
import { Gateway, rawResponse, RawUpstream, talk } from "./proxy-harness.ts";
import { destination, forward, policy, route, subset } from "./route-builders.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";
/** Every format of trace context, and baggage, with values that a rewrite would change. */
const FIELDS = [
  ["traceparent", `00-${TRACE}-${SPAN}-01`],
  ["tracestate", "rojo=00f067aa0ba902b7 , congo=t61rcWkgMzE"],
  ["baggage", "user=al%20ice;prop, tenant=7"],
  ["b3", `${TRACE}-${SPAN}-d-05e3ac9a4f6e3b90`],
  ["x-b3-traceid", TRACE],
  ["x-b3-spanid", SPAN],
  ["x-b3-parentspanid", "05e3ac9a4f6e3b90"],
  ["x-b3-sampled", "1"],
  ["x-b3-flags", "1"],
] as const;
const LINES = FIELDS.map(([name, value]) => `${name}: ${value}\r\n`).join("");

async function upstream(body: string): Promise<RawUpstream> {
  const started = await RawUpstream.respondingWith(rawResponse(body));
  stops.push(async () => started.stop());
  return started;
}

async function start(primary: RawUpstream, candidate: RawUpstream, secondary: RawUpstream): Promise<Gateway> {
  const gateway = await Gateway.start({
    primary: primary.url,
    candidates: [{ url: candidate.url }],
    secondary: { url: secondary.url },
  });
  stops.unshift(async () => gateway.stop());
  return gateway;
}

describe("trace context without tracing", () => {
  it("reaches every leg as the client sent it, over HTTP/1.1", async () => {
    const legs = [await upstream("1"), await upstream("2"), await upstream("1")] as const;
    const gateway = await start(...legs);
    const request = `GET / HTTP/1.1\r\nHost: a\r\n${LINES}`;
    await talk(gateway.port, `${request}Connection: close\r\n\r\n`);
    await gateway.settle();
    const expected = `${request}Shadowdiff-Hop: 1\r\n\r\n`;
    expect(legs.map(({ received }) => received)).toEqual([expected, expected, expected]);
  });

  it("reaches every leg as the client sent it, from HTTP/2 to HTTP/1.1", async () => {
    const legs = [await upstream("1"), await upstream("2"), await upstream("1")] as const;
    const gateway = await start(...legs);
    const session = openHttp2(`http://127.0.0.1:${gateway.port}`);
    stops.unshift(() => session.destroy());
    expect((await ask(session, "/", Object.fromEntries(FIELDS))).status).toBe(200);
    await gateway.settle();
    expect(legs.map(({ received }) => received.includes(LINES))).toEqual([true, true, true]);
  });

  it("reaches HTTP/2 upstreams as the client sent it", async () => {
    const received: (readonly string[])[] = [];
    const server = createServer();
    server.on("stream", (stream: ServerHttp2Stream, _headers, _flags, raw: string[]) => {
      received.push(raw);
      stream.respond({ ":status": 200 });
      stream.end(String(received.length));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    stops.push(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const overHttp2 = (name: string) => ({ ...subset(name, url), protocol: "h2" as const });
    const candidates = [policy(overHttp2("v2"))];
    const gateway = await Gateway.start({
      routes: [route("default", forward([destination(overHttp2("v1"))], { candidates }))],
    });
    stops.unshift(async () => gateway.stop());
    await talk(gateway.port, `GET / HTTP/1.1\r\nHost: a\r\n${LINES}Connection: close\r\n\r\n`);
    await gateway.settle();
    const pairs = received.map((fields) => fields.join("\n"));
    expect(pairs.map((text) => text.includes(FIELDS.flat().join("\n")))).toEqual([true, true]);
  });

  it("tells the trace of each leg of a differing exchange, as the leg named it", async () => {
    const [primary, candidate, secondary] = [await upstream("1"), await upstream("2"), await upstream("1")];
    const changed = `00-${"1".repeat(32)}-${SPAN}-00`;
    const requestHeaders = { set: [["traceparent", changed] as const], add: [], remove: [] };
    const gateway = await Gateway.start({
      primary: primary.url,
      candidates: [{ url: candidate.url, requestHeaders }],
      secondary: { url: secondary.url },
    });
    stops.unshift(async () => gateway.stop());
    await talk(gateway.port, `GET / HTTP/1.1\r\nHost: a\r\n${LINES}Connection: close\r\n\r\n`);
    await talk(gateway.port, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    await gateway.settle();
    const [traced, untraced] = gateway.exchanges;
    expect(traced?.primary.trace).toEqual({ id: TRACE, isSampled: true });
    expect(traced?.candidates[0]?.capture.trace).toEqual({ id: "1".repeat(32), isSampled: false });
    expect(traced?.secondary?.capture.trace).toEqual({ id: TRACE, isSampled: true });
    expect([untraced?.primary.trace, untraced?.secondary?.capture.trace]).toEqual([undefined, undefined]);
  });
});
