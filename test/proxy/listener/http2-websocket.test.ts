import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { type ClientHttp2Session, type ClientHttp2Stream, constants } from "node:http2";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { TestAuthority } from "../../tools/certificates.ts";
import { Front, type FrontOptions } from "../front.ts";
import { rawResponse, Gateway, RawClient, RawUpstream } from "../proxy-harness.ts";
import { responseOf, ask, openHttp2 } from "./http2-exchange.ts";
import { FrameClient } from "./http2-frames.ts";
import { destination, forward, policy, route, subset } from "../route-builders.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function sessionTo(port: number): Promise<ClientHttp2Session> {
  const session = openHttp2(`http://127.0.0.1:${port}`);
  stops.unshift(() => session.destroy());
  await once(session, "remoteSettings");
  return session;
}

async function through(
  upstream: RawUpstream,
  options: Partial<FrontOptions> = {},
): Promise<[Front, ClientHttp2Session]> {
  const front = await Front.start({ upstream: upstream.url, ...options });
  stops.push(
    async () => front.stop(),
    async () => upstream.stop(),
  );
  return [front, await sessionTo(front.port)];
}

/** Head of a WebSocket request (RFC 8441 §5.1). */
const CONNECT = {
  ":method": "CONNECT",
  ":protocol": "websocket",
  ":scheme": "http",
  ":path": "/chat?room=1",
  ":authority": "h.test",
  "sec-websocket-version": "13",
  "sec-websocket-protocol": "a, b",
};

function connect(session: ClientHttp2Session, more = {}): ClientHttp2Stream {
  const stream = session.request({ ...CONNECT, ...more }, { endStream: false });
  stream.on("error", () => {});
  return stream;
}

/** Encodes a short text frame, masked with zeros because a client must mask (RFC 6455 §5.2). */
function textFrame(text: string): Buffer {
  return Buffer.concat([Buffer.of(0x81, 0x80 | text.length, 0, 0, 0, 0), Buffer.from(text)]);
}

/** Echoes every message in upper case. */
async function echo(): Promise<string> {
  const http = createServer().listen(0, "127.0.0.1");
  await once(http, "listening");
  const sockets = new WebSocketServer({ server: http, handleProtocols: () => "b" });
  sockets.on("connection", (socket) => {
    socket.on("message", (data) => socket.send((data as Buffer).toString().toUpperCase()));
  });
  stops.push(() => {
    for (const socket of sockets.clients) socket.terminate();
    http.close();
  });
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

/** Returns `sec-websocket-accept` for a key (RFC 6455 §4.2.2). */
function acceptOf(key: string): string {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

/** Completes every handshake correctly and echoes the bytes that follow. */
async function loopback(staysHalfOpen = false): Promise<RawUpstream> {
  return RawUpstream.start((socket, text) => {
    const key = /^sec-websocket-key: (\S+)/im.exec(text)?.[1];
    if (key === undefined) {
      socket.write(Buffer.from(text, "latin1"));
      return;
    }
    if (staysHalfOpen) socket.removeAllListeners("end");
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\nX-b: 1\r\n" +
        `Sec-WebSocket-Accept: ${acceptOf(key)}\r\n\r\n`,
    );
  });
}

describe("a WebSocket over HTTP/2", () => {
  it("reaches an HTTP/1.1 upstream: subprotocol, messages in both directions, close", async () => {
    const front = await Front.start({ upstream: await echo() });
    stops.unshift(async () => front.stop());
    const session = await sessionTo(front.port);
    expect(session.remoteSettings.enableConnectProtocol).toBe(true);
    const stream = connect(session);
    const [, , raw] = (await once(stream, "response")) as [unknown, unknown, string[]];
    expect(raw).toEqual([":status", "200", "sec-websocket-protocol", "b"]);
    stream.write(textFrame("hello"));
    const [frame] = (await once(stream, "data")) as [Buffer];
    expect(frame.toString("latin1")).toBe("\x81\x05HELLO");
    // An empty close frame, which the server echoes before it ends.
    stream.write(Buffer.of(0x88, 0x80, 0, 0, 0, 0));
    expect(((await once(stream, "data")) as [Buffer])[0]).toEqual(Buffer.of(0x88, 0));
    stream.end();
    expect((await responseOf(stream)).rstCode).toBe(0);
    expect(front.ends).toEqual([{ clientStatus: 101, primaryStatus: 101 }]);
  });

  it("sends the upstream an HTTP/1.1 handshake with our own key", async () => {
    const upstream = await loopback();
    const [front, session] = await through(upstream);
    const stream = connect(session, { "sec-websocket-key": "bm90IG91cnMgYXQgYWxsIQ==" });
    await once(stream, "response");
    const received = upstream.received.replace(/key: [\w+/]{22}==/, "key: k").toLowerCase();
    expect(received.split("\r\n").toSorted()).toEqual(
      [
        "get /chat?room=1 http/1.1",
        "host: h.test",
        "connection: upgrade",
        "upgrade: websocket",
        "sec-websocket-version: 13",
        "sec-websocket-protocol: a, b",
        "shadowdiff-hop: 1",
        "sec-websocket-key: k",
        "",
        "",
      ].toSorted(),
    );
    expect(upstream.received).not.toContain("bm90IG91cnMg");
    expect(front.heads.map(({ method, obstacle, upgrade, hasBody }) => [method, obstacle, upgrade, hasBody])).toEqual([
      ["GET", "upgrade", "websocket", false],
    ]);
  });

  it("passes every byte in both directions, including those sent before the response, alongside other requests", async () => {
    const upstream = await loopback();
    const [, session] = await through(upstream);
    const stream = connect(session);
    stream.write("early");
    let got = Buffer.alloc(0);
    stream.on("data", (chunk: Buffer) => (got = Buffer.concat([got, chunk])));
    await expect.poll(() => got.toString()).toBe("early");
    const bytes = Buffer.from(Array.from({ length: 1 << 20 }, (_, index) => (index * 7) % 256));
    stream.write(bytes);
    await expect.poll(() => got.length).toBe(bytes.length + 5);
    expect(got.subarray(5).equals(bytes)).toBe(true);
    stream.close(constants.NGHTTP2_CANCEL);
    await expect.poll(() => upstream.sockets[0]?.destroyed).toBe(true);
  });

  it("has no idle timeout", async () => {
    const [, session] = await through(await loopback(), {
      limits: { idleMs: 100, headMs: 100 },
      listener: { idleTimeoutMs: 100 },
    });
    const stream = connect(session);
    await once(stream, "response");
    await new Promise((resolve) => setTimeout(resolve, 400));
    stream.write("awake");
    expect(String((await once(stream, "data"))[0])).toBe("awake");
  });

  it("can end one direction only", async () => {
    const upstream = await loopback(true);
    const [, session] = await through(upstream);
    const stream = connect(session);
    await once(stream, "response");
    stream.end("bye");
    await expect.poll(() => upstream.received).toMatch(/bye$/);
    await expect.poll(() => upstream.sockets[0]?.readableEnded).toBe(true);
    upstream.sockets[0]?.end("after your end");
    const got = await responseOf(stream);
    expect([got.body, got.rstCode]).toEqual(["byeafter your end", 0]);
  });

  it("is reset with CANCEL when the upstream disconnects", async () => {
    const upstream = await loopback();
    const [, session] = await through(upstream);
    const stream = connect(session);
    await once(stream, "response");
    upstream.sockets[0]?.resetAndDestroy();
    expect((await responseOf(stream)).rstCode).toBe(constants.NGHTTP2_CANCEL);
  });

  it("is not ended before that reset, although everything was sent", async () => {
    const upstream = await loopback();
    const [front] = await through(upstream);
    const client = await FrameClient.open(front.port);
    stops.unshift(() => client.raw.close());
    client.sendHeaders(1, Object.entries(CONNECT).flat());
    await client.until((frames) => frames.some(({ type }) => type === "HEADERS"));
    upstream.sockets[0]?.resetAndDestroy();
    await client.until((frames) => frames.some(({ type }) => type === "RST_STREAM"));
    expect(client.frames.filter(({ type }) => type === "DATA")).toEqual([]);
  });

  it("closes a TLS upstream when the client disconnects, without an error elsewhere", async () => {
    const authority = new TestAuthority();
    stops.push(() => authority.remove());
    const { certFile, keyFile } = authority.issue("a", "IP:127.0.0.1");
    const server = createTlsServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) });
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    stops.push(() => server.close());
    const noTlsFiles = { certFile: undefined, keyFile: undefined, serverName: undefined, insecureSkipVerify: false };
    const tls = { ...noTlsFiles, caFile: authority.caFile };
    const to = { ...subset("v1", `https://127.0.0.1:${(server.address() as AddressInfo).port}`), tls };
    const gateway = await Gateway.start({ routes: [route("all", forward([destination(to)]))] });
    stops.unshift(async () => gateway.stop());
    const session = await sessionTo(gateway.port);
    const stream = connect(session);
    stream.write(textFrame("hello"));
    expect(((await once(stream, "data")) as [Buffer])[0].toString("latin1")).toContain("hello");
    stream.close(constants.NGHTTP2_CANCEL);
    await expect.poll(() => sockets.clients.size).toBe(0);
    const next = connect(session);
    expect(((await once(next, "response")) as [Record<string, unknown>])[0][":status"]).toBe(200);
  });

  it("is aborted at the primary when the client disconnects before the response", async () => {
    const upstream = await RawUpstream.start(() => {});
    const [front, session] = await through(upstream);
    const stream = connect(session);
    await expect.poll(() => upstream.received).not.toBe("");
    stream.close(constants.NGHTTP2_CANCEL);
    await expect.poll(() => upstream.sockets[0]?.destroyed).toBe(true);
    expect(front.ends).toEqual([{ clientStatus: 0, primaryStatus: 0 }]);
  });

  it("is cut at the end of the grace period when the listener drains", async () => {
    const upstream = await loopback();
    const [front, session] = await through(upstream);
    const stream = connect(session);
    await once(stream, "response");
    await front.listener.drain(200);
    await expect.poll(() => upstream.sockets[0]?.destroyed).toBe(true);
  });
});

describe("a WebSocket over HTTP/2 that is not opened", () => {
  it.each([
    ["a refusal: forwarded", rawResponse("no", "X-A: 1\r\n", "403 Forbidden"), 403, "no"],
    ["a refusal without a body", rawResponse("", "", "403 Forbidden"), 403, ""],
    ["200, which would open it: a gateway error", rawResponse("page"), 502, /http_protocol_error/],
    ["204 likewise", "HTTP/1.1 204 No Content\r\n\r\n", 502, /http_protocol_error/],
    [
      "101 without the proof that the handshake was understood",
      "HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
      502,
      /http_protocol_error/,
    ],
    [
      "101 with the proof of another key",
      "HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
      502,
      /http_protocol_error/,
    ],
  ])("%s", async (_name, response, status, body) => {
    const upstream = await RawUpstream.respondingWith(response);
    const [, session] = await through(upstream);
    const got = await responseOf(connect(session));
    expect([got.status, got.rstCode]).toEqual([status, 0]);
    expect(got.body).toMatch(body);
  });

  it("for another protocol: 501, and the upstream receives nothing", async () => {
    const upstream = await RawUpstream.respondingWith(rawResponse("ok"));
    const [front, session] = await through(upstream);
    expect((await responseOf(connect(session, { ":protocol": "connect-udp" }))).status).toBe(501);
    expect([front.refusals, upstream.received]).toEqual([[[501, "not-implemented"]], ""]);
  });

  it("a plain CONNECT stays 405", async () => {
    const upstream = await RawUpstream.respondingWith(rawResponse("ok"));
    const [front, session] = await through(upstream);
    const stream = session.request({ ":method": "CONNECT", ":authority": "h:1" });
    stream.end();
    expect((await responseOf(stream)).status).toBe(405);
    expect([front.refusals, upstream.received]).toEqual([[[405, "method"]], ""]);
  });
});

describe("mirroring", () => {
  it("sends it to the primary only, and counts it as an upgrade", async () => {
    const primary = await loopback();
    const candidate = await RawUpstream.respondingWith(rawResponse("x"));
    const gateway = await Gateway.start({ primary: primary.url, candidates: [{ url: candidate.url }] });
    stops.push(
      async () => gateway.stop(),
      async () => primary.stop(),
      async () => candidate.stop(),
    );
    const stream = connect(await sessionTo(gateway.port));
    await once(stream, "response");
    stream.write("hi");
    expect(String((await once(stream, "data"))[0])).toBe("hi");
    stream.end();
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, "notMirrored:upgrade": 1 });
    expect([candidate.received, gateway.requests]).toEqual(["", [["GET", 101]]]);
  });

  it("responds with 501 on a route whose upstream speaks HTTP/2, over either version, with the reason", async () => {
    const upstream = await RawUpstream.respondingWith("");
    const h2 = { ...subset("v1", upstream.url), protocol: "h2" as const };
    const gateway = await Gateway.start({
      routes: [route("all", forward([destination(h2)], { candidates: [policy(subset("v2", upstream.url))] }))],
    });
    stops.push(
      async () => gateway.stop(),
      async () => upstream.stop(),
    );
    const session = await sessionTo(gateway.port);
    const got = await responseOf(connect(session));
    expect([got.status, got.body]).toEqual([501, expect.stringContaining("A WebSocket needs an HTTP/1.1 upstream")]);
    const client = await RawClient.open(gateway.port);
    client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 501 [^]*http_upgrade_failed/);
    expect(upstream.received).toBe("");
  });

  it("a route with a direct response cannot appear to open it", async () => {
    const direct = { type: "direct-response" as const, status: 200, headers: [], body: "hi" };
    const gateway = await Gateway.start({ routes: [route("all", direct)] });
    stops.push(async () => gateway.stop());
    const session = await sessionTo(gateway.port);
    expect((await responseOf(connect(session))).status).toBe(502);
    expect((await ask(session, "/")).body).toBe("hi");
  });
});
