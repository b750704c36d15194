import { once } from "node:events";
import { createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { forwardedRequestFields } from "../../src/http/hop-by-hop-headers.ts";
import { Front } from "../proxy/front.ts";
import { rawResponse, Gateway, RawClient, RawUpstream, talk } from "../proxy/proxy-harness.ts";
import { responseOf, openHttp2 } from "../proxy/listener/http2-exchange.ts";
import { FrameClient } from "../proxy/listener/http2-frames.ts";
import { destination, forward, policy, route, subset } from "../proxy/route-builders.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** An HTTP/2 upstream that records head, body and trailers of each request. */
async function upstreamOfHttp2(): Promise<{ readonly url: string; readonly got: [string, string[]][] }> {
  const got: [string, string[]][] = [];
  const server = createServer();
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream: ServerHttp2Stream) => {
    let body = "";
    let trailers: string[] = [];
    stream.on("error", () => {});
    stream.on("data", (chunk: Buffer) => (body += String(chunk)));
    stream.on("trailers", (_headers, _flags, raw: string[]) => (trailers = raw));
    stream.on("end", () => {
      got.push([body, trailers]);
      stream.respond({ ":status": 200 });
      stream.end("ok");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stops.push(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, got };
}

/** Responds once the last chunk and the trailers have arrived. */
async function upstreamOfHttp1(): Promise<RawUpstream> {
  let seen = "";
  const upstream = await RawUpstream.start((socket, text) => {
    seen += text;
    if (/\r\n0\r\n(?:[^\r\n]+\r\n)*\r\n$/.test(seen)) socket.write(rawResponse("ok"));
  });
  stops.push(async () => upstream.stop());
  return upstream;
}

/** Returns the bytes that an HTTP/1.1 upstream received after the head. */
function bodyOf(received: string): string {
  return received.slice(received.indexOf("\r\n\r\n") + 4);
}

const announced = (value: string): unknown =>
  forwardedRequestFields(["Host", "h", "Connection", "x-hop", "Trailer", value]);
const CHUNKED =
  "POST /x HTTP/1.1\r\nHost: h\r\nConnection: close, X-Hop\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n";

async function postOverHttp2(
  port: number,
  trailers: Record<string, string | string[]>,
  fields: Record<string, string> = {},
): Promise<void> {
  const session = openHttp2(`http://127.0.0.1:${port}`);
  stops.unshift(() => session.destroy());
  const stream = session.request({ ":method": "POST", ":path": "/x", ...fields }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers(trailers));
  stream.end("hello");
  expect((await responseOf(stream)).body).toBe("ok");
}

describe("the trailers of a request reach the primary", () => {
  it("from HTTP/1.1 to HTTP/1.1: in the same order, case and number", async () => {
    const upstream = await upstreamOfHttp1();
    const front = await Front.start({ upstream: upstream.url });
    stops.unshift(async () => front.stop());
    await talk(front.port, `${CHUNKED}X-Sum: 1\r\nx-b: \u00e9\r\nX-sum: 2\r\n\r\n`);
    expect(bodyOf(upstream.received)).toBe("5\r\nhello\r\n0\r\nX-Sum: 1\r\nx-b: \u00e9\r\nX-sum: 2\r\n\r\n");
  });

  it("from HTTP/2 to HTTP/1.1", async () => {
    const upstream = await upstreamOfHttp1();
    const front = await Front.start({ upstream: upstream.url });
    stops.unshift(async () => front.stop());
    await postOverHttp2(front.port, { "x-sum": ["1", "2"] });
    expect(bodyOf(upstream.received)).toBe("5\r\nhello\r\n0\r\nx-sum: 1\r\nx-sum: 2\r\n\r\n");
  });

  it("from HTTP/1.1 and HTTP/2 to HTTP/2", async () => {
    const { url, got } = await upstreamOfHttp2();
    const front = await Front.start({ upstream: url, protocol: "h2" });
    stops.unshift(async () => front.stop());
    await talk(front.port, `${CHUNKED}X-Sum: 1\r\nX-Sum: 2\r\n\r\n`);
    await postOverHttp2(front.port, { "x-sum": "3" });
    await postOverHttp2(front.port, {});
    expect(got).toEqual([
      ["hello", ["x-sum", "1", "x-sum", "2"]],
      ["hello", ["x-sum", "3"]],
      ["hello", []],
    ]);
  });

  it("of a body with a Content-Length from HTTP/2 to HTTP/2: only if the head announces them", async () => {
    const { url, got } = await upstreamOfHttp2();
    const front = await Front.start({ upstream: url, protocol: "h2" });
    stops.unshift(async () => front.stop());
    await postOverHttp2(front.port, { "x-sum": "1" }, { "content-length": "5", trailer: "x-sum" });
    await postOverHttp2(front.port, { "x-sum": "2" }, { "content-length": "5" });
    expect(got).toEqual([
      ["hello", ["x-sum", "1"]],
      ["hello", []],
    ]);
  });

  it("after an empty body", async () => {
    const { url, got } = await upstreamOfHttp2();
    const front = await Front.start({ upstream: url, protocol: "h2" });
    stops.unshift(async () => front.stop());
    const client = await FrameClient.open(front.port);
    client.sendHeaders(1, [":method", "POST", ":scheme", "http", ":path", "/", ":authority", "h"]);
    client.sendHeaders(1, ["x-sum", "1"], 1);
    await expect.poll(() => got).toEqual([["", ["x-sum", "1"]]]);
    client.raw.close();
  });
});

describe("forbidden trailers are removed", () => {
  const DANGEROUS =
    "Host: evil|Authorization: x|Range: x|Cookie: a=1|Set-Cookie: a=1|Content-Type: a/b|Content-Encoding: gzip|" +
    "Expect: 100-continue|If-Match: x|Cache-Control: x|X-Forwarded-For: 1.2.3.4|Proxy-Authorization: x|Keep-Alive: 1|" +
    "TE: trailers|Trailer: x|Upgrade: x|Shadowdiff-Hop: 1|";
  it("framing, routing, credentials, conditions, and members of Connection; the rest is forwarded as trailers", async () => {
    const upstream = await upstreamOfHttp1();
    const front = await Front.start({ upstream: upstream.url });
    stops.unshift(async () => front.stop());
    const text = await talk(front.port, `${CHUNKED}${DANGEROUS.replaceAll("|", "\r\n")}X-Hop: 1\r\nX-Sum: 1\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(bodyOf(upstream.received)).toBe("5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n");
    const head = upstream.received.slice(0, upstream.received.indexOf("\r\n\r\n")).toLowerCase();
    expect(head).toContain("\r\nhost: h\r\n");
    expect(head).not.toMatch(/evil|authorization|cookie|expect|x-sum|x-forwarded-for/);
    expect(head.match(/shadowdiff-hop/g)).toHaveLength(1);
  });

  it("from the announcement as well", () => {
    expect(announced("X-Sum, host,X-Hop , x-b")).toEqual(["Host", "h", "Trailer", "X-Sum, x-b", "Shadowdiff-Hop", "1"]);
    expect(announced("Content-Length")).toEqual(["Host", "h", "Shadowdiff-Hop", "1"]);
  });
});

describe("malformed trailers", () => {
  it.each(["X A: 1", "X-A : 1", "X-A: a\0b", " X-A: 1", "X-A", "Content-Length: 3"])(
    "%j in HTTP/1.1: 400, and the request at the primary is not completed",
    async (trailer) => {
      const upstream = await RawUpstream.start(() => {});
      const front = await Front.start({ upstream: upstream.url });
      stops.push(
        async () => front.stop(),
        async () => upstream.stop(),
      );
      const client = await RawClient.open(front.port);
      client.send(CHUNKED.slice(0, -3));
      await expect.poll(() => upstream.received).toContain("hello");
      client.send(`0\r\n${trailer}\r\n\r\n`);
      expect(await client.closed()).toMatch(/^HTTP\/1\.1 400 /);
      await expect.poll(() => upstream.sockets[0]?.destroyed).toBe(true);
      expect(upstream.received).not.toContain("\r\n0\r\n");
    },
  );

  it.each([
    ["a pseudo-header", [":path", "/"]],
    ["a name in capitals", ["X-A", "1"]],
    ["a value that ends with a space", ["x-a", "1 "]],
    ["a connection field", ["transfer-encoding", "chunked"]],
  ])("%s in HTTP/2: the stream is reset, and the request to the primary is not completed", async (_name, fields) => {
    const upstream = await RawUpstream.start(() => {});
    const front = await Front.start({ upstream: upstream.url });
    stops.push(
      async () => front.stop(),
      async () => upstream.stop(),
    );
    const client = await FrameClient.open(front.port);
    client.sendHeaders(1, [":method", "POST", ":scheme", "http", ":path", "/", ":authority", "h"]);
    client.send("DATA", 0, 1, Buffer.from("hello"));
    await expect.poll(() => upstream.received).toContain("hello");
    client.sendHeaders(1, fields, 1);
    await client.until((frames) => frames.some(({ type, stream }) => type === "RST_STREAM" && stream === 1));
    await expect.poll(() => upstream.sockets[0]?.destroyed).toBe(true);
    expect(upstream.received).not.toContain("\r\n0\r\n");
    client.raw.close();
  });
});

describe("a mirrored request", () => {
  it("has the same trailers for every candidate, and for the secondary", async () => {
    const primary = await upstreamOfHttp1();
    const secondary = await upstreamOfHttp1();
    const [first, second] = [await upstreamOfHttp2(), await upstreamOfHttp1()];
    const posts = { methods: new Set(["POST"]) };
    const gateway = await Gateway.start({
      routes: [
        route(
          "all",
          forward([destination(subset("v1", primary.url))], {
            candidates: [
              policy({ ...subset("v2", first.url), protocol: "h2" }, posts),
              policy(subset("v3", second.url), posts),
            ],
            secondary: { ...policy(subset("twin", secondary.url)) },
          }),
        ),
      ],
    });
    stops.unshift(async () => gateway.stop());
    await talk(gateway.port, `${CHUNKED}X-Sum: 1\r\nHost: evil\r\n\r\n`);
    await gateway.settle();
    expect(gateway.accounting("v2")).toEqual({ received: 1, mirrored: 1 });
    expect(first.got).toEqual([["hello", ["x-sum", "1"]]]);
    const expected = "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n";
    expect([primary, second, secondary].map(({ received }) => bodyOf(received))).toEqual([
      expected,
      expected,
      expected,
    ]);
  });

  it("through a tap has them as well", async () => {
    const [primary, candidate] = [await upstreamOfHttp1(), await upstreamOfHttp1()];
    const gateway = await Gateway.start({
      primary: primary.url,
      candidates: [{ url: candidate.url, methods: new Set(["POST"]) }],
      tap: { methods: new Set(["POST"]), stripHostSuffix: false },
    });
    stops.unshift(async () => gateway.stop());
    expect(await talk(gateway.port, `${CHUNKED}X-Sum: 1\r\n\r\n`)).toMatch(/^HTTP\/1\.1 202 /);
    await gateway.settle();
    const expected = "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n";
    expect([primary, candidate].map(({ received }) => bodyOf(received))).toEqual([expected, expected]);
  });

  it("through a route with retries has them as well", async () => {
    const primary = await upstreamOfHttp1();
    const gateway = await Gateway.start({
      primary: primary.url,
      forward: { retries: { attempts: 1, perTryTimeoutMs: undefined } },
    });
    stops.unshift(async () => gateway.stop());
    await talk(gateway.port, `${CHUNKED}X-Sum: 1\r\n\r\n`);
    expect(bodyOf(primary.received)).toBe("5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n");
  });
});
