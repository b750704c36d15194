import { once } from "node:events";
import { connect } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { TestAuthority } from "../../tools/certificates.ts";
import { type FrontOptions, type Respond, startFront } from "../front.ts";
import { Gateway, RawClient, rawResponse, RawUpstream } from "../proxy-harness.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const through = (respond: Respond, options: Partial<FrontOptions> = {}): ReturnType<typeof startFront> =>
  startFront(stops, respond, options);

const CLOSE = "Connection: close\r\n";
const get = (target: string, version = "1.1"): string => `GET ${target} HTTP/${version}\r\nHost: h\r\n\r\n`;
const withField = (response: string, field: string): string => response.replace("\r\n\r\n", `\r\n${field}\r\n`);
/** Time in which a client that gives up has certainly waited for its response. */
const waited = async (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 60));
const later =
  (ms: number): Respond =>
  (socket, text) => {
    const targets = [...text.matchAll(/(?:GET|POST) (\S+)/g)].map(([, target = ""]) => target);
    for (const target of targets) setTimeout(() => socket.write(rawResponse(target)), ms);
  };

describe("a client that ends its side right after its requests", () => {
  it.each([
    ["1.1", withField(rawResponse("/a"), CLOSE)],
    ["1.0", withField(rawResponse("/a"), CLOSE)],
  ])("gets a late response to HTTP/%s and nothing else", async (version, expected) => {
    const [front] = await through(later(700));
    const client = await RawClient.open(front.port);
    client.send(get("/a", version));
    client.socket.end();
    expect([await client.closed(), client.error]).toEqual([expected, undefined]);
    await front.listener.drain(20_000);
    expect(front.ends).toEqual([{ clientStatus: 200, primaryStatus: 200 }]);
  });

  it("gets the responses to all pipelined requests, the last one with close", async () => {
    const [front] = await through(later(20));
    const client = await RawClient.open(front.port);
    const post = "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    client.send(get("/a") + post + get("/c"));
    client.socket.end();
    const kept = "Connection: keep-alive\r\nKeep-Alive: timeout=75\r\n";
    const [first, second] = ["/a", "/b"].map((body) => withField(rawResponse(body), kept));
    expect(await client.closed()).toBe(`${first}${second}${withField(rawResponse("/c"), CLOSE)}`);
  });

  it("gets the response before the incomplete request that follows, which reaches no upstream", async () => {
    const [front, upstream] = await through(later(20));
    const client = await RawClient.open(front.port);
    client.send(`${get("/a")}GET /b HTTP/1.1\r\nHos`);
    client.socket.end();
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\/a$/);
    expect(upstream.received).not.toContain("/b");
  });

  it("gets a 504 when the primary does not respond in time", async () => {
    const [front, upstream] = await through(() => {}, { limits: { headMs: 300 } });
    const client = await RawClient.open(front.port);
    client.send(get("/a"));
    client.socket.end();
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 504 /);
    await expect.poll(() => upstream.sockets[0]?.destroyed).toBe(true);
  });

  it("gets the whole of a large response at its own pace", async () => {
    const body = "x".repeat(20_000_000);
    const [front] = await through((socket) => socket.write(rawResponse(body)));
    const client = await RawClient.open(front.port);
    client.socket.pause();
    client.send(get("/a"));
    client.socket.end();
    await waited();
    client.socket.removeAllListeners("data").resume();
    await client.closed();
    expect([client.socket.bytesRead, client.error]).toEqual([withField(rawResponse(body), CLOSE).length, undefined]);
  });

  it("gets its response over TLS", async () => {
    const authority = new TestAuthority();
    stops.push(() => authority.remove());
    const [front] = await through(later(400), { listener: { tls: authority.issue("one", "DNS:localhost") } });
    const socket = connect({ port: front.port, host: "127.0.0.1", rejectUnauthorized: false });
    socket.allowHalfOpen = true;
    await once(socket, "secureConnect");
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
    socket.end(get("/a"));
    await once(socket, "end");
    expect(text).toBe(withField(rawResponse("/a"), CLOSE));
  });

  it("is compared like any other, even if it has closed the connection and does not get the response", async () => {
    const upstream = await RawUpstream.start(later(100));
    const gateway = await Gateway.start({ primary: upstream.url, candidates: [{ url: upstream.url }] });
    stops.push(
      async () => gateway.stop(),
      async () => upstream.stop(),
    );
    const client = await RawClient.open(gateway.port);
    client.send(get("/a"));
    client.close();
    await expect.poll(() => gateway.requests).toEqual([["GET", 200]]);
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, mirrored: 1 });
    expect(gateway.exchanges).toHaveLength(1);
  });
});

describe("a client that ends its side after it has waited", () => {
  it("gets a 100 that shows that it is still there, and its response", async () => {
    const [front, upstream] = await through(() => {});
    const client = await RawClient.open(front.port);
    client.send(get("/a"));
    await waited();
    client.socket.end();
    const interim = "HTTP/1.1 100 Continue\r\n\r\n";
    await client.until((text) => text === interim);
    upstream.sockets[0]?.write(rawResponse("/a"));
    expect((await client.closed()).replaceAll(interim, "")).toBe(withField(rawResponse("/a"), CLOSE));
  });

  it("gets no 100 over HTTP/1.0, but its response", async () => {
    const [front] = await through(later(500));
    const client = await RawClient.open(front.port);
    client.send(get("/a", "1.0"));
    await waited();
    client.socket.end();
    expect(await client.closed()).toBe(withField(rawResponse("/a"), CLOSE));
  });

  it("gets the rest of a chunked response, with a zero in front of the next size", async () => {
    const [front, upstream] = await through((socket) =>
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n"),
    );
    const client = await RawClient.open(front.port);
    client.send(get("/a"));
    await client.until((text) => text.endsWith("one\r\n"));
    client.socket.end();
    await client.until((text) => text.endsWith("one\r\n0"));
    upstream.sockets[0]?.write("3\r\ntwo\r\n0\r\n\r\n");
    expect(await client.closed()).toMatch(/\r\n\r\n3\r\none\r\n0+3\r\ntwo\r\n0\r\n\r\n$/);
  });

  it.each([
    ["before the response", () => {}],
    ["within a chunked response", (socket) => socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")],
  ] satisfies [string, Respond][])(
    "%s and has closed the connection: the primary's request is aborted",
    async (_name, respond) => {
      const [front, upstream] = await through(respond);
      const client = await RawClient.open(front.port);
      client.send(get("/a"));
      await waited();
      client.close();
      await expect.poll(() => upstream.sockets[0]?.destroyed).toBe(true);
      await front.listener.drain(20_000);
      expect(front.ends).toHaveLength(1);
    },
  );
});
