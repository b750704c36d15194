import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { afterEach, describe, expect, it } from "vitest";
import type { TapConfig } from "../../../src/model/config.ts";
import { decodeFrames, encodeFrame, encodeHeaders, END_STREAM, type Frame, PREFACE } from "../listener/http2-frames.ts";
import { rawResponse, Gateway, type GatewayOptions, RawClient, RawUpstream, talk } from "../proxy-harness.ts";

const SAFE: TapConfig = { methods: new Set(["GET", "HEAD", "OPTIONS"]), stripHostSuffix: true };
const WRITING: TapConfig = { methods: new Set(["GET", "POST"]), stripHostSuffix: true };
const ALL = { methods: new Set(["GET", "HEAD", "OPTIONS", "POST"]) };
const ACCEPTED = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n";
const MIB = 1024 * 1024;

const stops: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of stops.splice(0)) await one.stop();
});

async function upstream(respond: Parameters<typeof RawUpstream.start>[0]): Promise<RawUpstream> {
  const raw = await RawUpstream.start(respond);
  stops.push(raw);
  return raw;
}

/** Responds when the end of a request has arrived. */
async function respondingWith(body = "ok", end = "\r\n\r\n"): Promise<RawUpstream> {
  return upstream((socket, received) => {
    if (received.endsWith(end)) socket.write(rawResponse(body));
  });
}

async function start(options: GatewayOptions): Promise<Gateway> {
  const gateway = await Gateway.start({ tap: SAFE, ...options });
  stops.unshift(gateway);
  return gateway;
}

function request(head: string, fields = "", body = ""): string {
  return `${head} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n${fields}\r\n${body}`;
}

function post(body: string, fields = ""): string {
  return request("POST /p", `${fields}Content-Length: ${body.length}\r\n`, body);
}

/** Waits for an effect of a peer on a real socket. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const silent: Parameters<typeof RawUpstream.start>[0] = () => {};

describe("a tap", () => {
  it("responds 202 without a body before primary and candidate do, and compares their responses", async () => {
    const [primary, candidate] = [await upstream(silent), await upstream(silent)];
    const gateway = await start({ primary: primary.url, candidates: [{ url: candidate.url }] });
    const text = await talk(gateway.port, request("GET /p?a=1"));
    expect(text.startsWith(ACCEPTED)).toBe(true);
    expect(text.endsWith("\r\n\r\n")).toBe(true);
    expect(text).not.toContain("chunked");
    await until(() => primary.received !== "" && candidate.received !== "");
    primary.sockets[0]?.write(rawResponse("old"));
    candidate.sockets[0]?.write(rawResponse("new"));
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, mirrored: 1 });
    expect(
      gateway.exchanges.map(({ target, primary: { status }, candidates }) => [
        target,
        status,
        candidates[0]?.capture.status,
      ]),
    ).toEqual([["/p?a=1", 200, 200]]);
    expect(gateway.exchanges[0]?.candidates[0]?.identical).toBe(false);
    expect(gateway.requests).toEqual([["GET", 202]]);
    expect(new Set(gateway.legs.map(([role, , code]) => `${role} ${code}`))).toEqual(
      new Set(["primary 200", "candidate 200"]),
    );
  });

  it("sends a copy to the secondary, and the same header fields to every leg", async () => {
    const [primary, candidate, secondary] = [await respondingWith(), await respondingWith(), await respondingWith()];
    const gateway = await start({
      primary: primary.url,
      candidates: [{ url: candidate.url }],
      secondary: { url: secondary.url },
    });
    await talk(gateway.port, request("GET /p", "x-envoy-internal: true\r\nX-Forwarded-For: 10.0.0.1\r\n"));
    await gateway.settle();
    expect(primary.received).toContain("x-envoy-internal: true\r\nX-Forwarded-For: 10.0.0.1\r\n");
    expect(candidate.received).toBe(primary.received);
    expect(secondary.received).toBe(primary.received);
    expect(gateway.exchanges[0]?.secondary?.identical).toBe(true);
  });

  it.each([
    ["h-shadow", "h"],
    ["h-shadow:80", "h:80"],
    ["a.b-shadow.example:80", "a.b-shadow.example:80"],
    ["a.example-shadow", "a.example"],
    ["10.0.0.1-shadow:8080", "10.0.0.1:8080"],
    ["h-shadow-shadow", "h-shadow"],
    ["-shadow", "-shadow"],
    ["[::1]:80", "[::1]:80"],
  ])("strips -shadow from Host: %s becomes %s", async (sent, got) => {
    const [primary, candidate] = [await respondingWith(), await respondingWith()];
    const gateway = await start({ primary: primary.url, candidates: [{ url: candidate.url }] });
    await talk(gateway.port, `GET / HTTP/1.1\r\nX-Peer: h-shadow\r\nhOsT: ${sent}\r\nConnection: close\r\n\r\n`);
    await gateway.settle();
    expect(primary.received).toContain(`\r\nhOsT: ${got}\r\n`);
    expect(primary.received).toContain("\r\nX-Peer: h-shadow\r\n");
    expect(candidate.received).toBe(primary.received);
  });

  it("keeps -shadow in Host when configured", async () => {
    const [primary, candidate] = [await respondingWith(), await respondingWith()];
    const tap = { ...SAFE, stripHostSuffix: false };
    const gateway = await start({ primary: primary.url, candidates: [{ url: candidate.url }], tap });
    await talk(gateway.port, "GET / HTTP/1.1\r\nHost: h-shadow:80\r\nConnection: close\r\n\r\n");
    await gateway.settle();
    expect(primary.received).toContain("Host: h-shadow:80\r\n");
  });

  it.each(["POST", "PUT", "PATCH", "DELETE"])(
    "does not forward %s, responds 202, and counts it as method",
    async (method) => {
      const [primary, candidate] = [await respondingWith(), await respondingWith()];
      const own = { methods: new Set([method]) };
      const gateway = await start({ primary: primary.url, candidates: [{ url: candidate.url, ...own }] });
      const text = await talk(gateway.port, request(`${method} /p`, "Content-Length: 2\r\n", "hi"));
      expect(text.startsWith(ACCEPTED)).toBe(true);
      await gateway.settle();
      expect(gateway.accounting()).toEqual({ received: 1, "notMirrored:method": 1 });
      expect([...primary.sockets, ...candidate.sockets].map(({ bytesRead }) => bytesRead)).toEqual([]);
      expect(gateway.requests).toEqual([[method, 202]]);
      expect(gateway.collector.budget.used).toBe(0);
    },
  );

  it("sends no request to the primary when no candidate receives a copy: sampled out, paused, method of the candidate, loop", async () => {
    const [primary, candidate] = [await respondingWith(), await respondingWith()];
    const gateway = await start({
      primary: primary.url,
      candidates: [{ url: candidate.url, percent: 50 }],
      random: () => 0.6,
      tap: WRITING,
    });
    await talk(gateway.port, request("GET /p"));
    await talk(gateway.port, post("hi"));
    await talk(gateway.port, request("GET /p", "Shadowdiff-Hop: 1\r\n"));
    gateway.mirror.setControl({ paused: true, percents: [] });
    expect(await talk(gateway.port, request("GET /p"))).toContain(" 202 ");
    await gateway.settle();
    expect(gateway.accounting()).toEqual({
      received: 4,
      sampledOut: 1,
      "notMirrored:method": 1,
      "notMirrored:loop": 1,
      "notMirrored:paused": 1,
    });
    expect(primary.sockets).toEqual([]);
  });

  it("responds 202 to an upgrade, and does not forward it", async () => {
    const [primary, candidate] = [await respondingWith(), await respondingWith()];
    const gateway = await start({ primary: primary.url, candidates: [{ url: candidate.url }] });
    const text = await talk(
      gateway.port,
      "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    expect(text).toContain(" 202 ");
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, "notMirrored:upgrade": 1 });
    expect(primary.sockets).toEqual([]);
  });

  it("counts the exchange as skipped when the primary fails", async () => {
    const [primary, candidate] = [await upstream((socket) => socket.resetAndDestroy()), await respondingWith()];
    const gateway = await start({ primary: primary.url, candidates: [{ url: candidate.url }] });
    expect(await talk(gateway.port, request("GET /p"))).toContain(" 202 ");
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, mirrored: 1, "skipped:primary-failed": 1 });
  });

  it("completes the exchange when its client disconnects after the request", async () => {
    const [primary, candidate] = [await upstream(silent), await upstream(silent)];
    const gateway = await start({ primary: primary.url, candidates: [{ url: candidate.url, ...ALL }], tap: WRITING });
    const client = await RawClient.open(gateway.port);
    client.send(post("body"));
    await until(() => primary.received.includes("body") && candidate.received.includes("body"));
    client.socket.resetAndDestroy();
    await client.closed();
    primary.sockets[0]?.write(rawResponse("same"));
    candidate.sockets[0]?.write(rawResponse("same"));
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, mirrored: 1 });
    expect(gateway.exchanges[0]?.candidates[0]?.identical).toBe(true);
  });

  it("serves the next request on a connection while the previous one has no response yet", async () => {
    const [primary, candidate] = [await upstream(silent), await upstream(silent)];
    const gateway = await start({ primary: primary.url, candidates: [{ url: candidate.url }] });
    const client = await RawClient.open(gateway.port);
    client.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
    await client.until((text) => text.split(" 202 ").length === 3);
    client.close();
    await until(() => primary.sockets.length === 2 && candidate.sockets.length === 2);
    expect(gateway.mirror.inFlight).toBe(2);
    for (const socket of [...primary.sockets, ...candidate.sockets]) socket.write(rawResponse("x"));
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 2, mirrored: 2 });
  });
});

describe("a request body at a tap", () => {
  it.each([
    ["with a length", post("hello, body")],
    ["in chunks", request("POST /p", "Transfer-Encoding: chunked\r\n", "6\r\nhello,\r\n5\r\n body\r\n0\r\n\r\n")],
  ])("reaches every leg, %s, and the 202 waits for its end", async (_, text) => {
    const bodies = /hello,(?:\r\n5\r\n)? body/;
    const [primary, candidate] = [
      await upstream((socket) => bodies.test(primary.received) && socket.write(rawResponse("ok"))),
      await upstream((socket) => bodies.test(candidate.received) && socket.write(rawResponse("ok"))),
    ];
    const gateway = await start({ primary: primary.url, candidates: [{ url: candidate.url, ...ALL }], tap: WRITING });
    expect(await talk(gateway.port, text)).toContain(" 202 ");
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, mirrored: 1 });
    expect(primary.received).toMatch(bodies);
    expect(candidate.received).toBe(primary.received);
    expect(gateway.collector.budget.used).toBe(0);
  });

  it("is read as fast as it arrives: above the limit for a slow primary, the exchange is dropped and counted", async () => {
    const primary = await upstream((socket) => socket.pause());
    const candidate = await respondingWith();
    const gateway = await start({ primary: primary.url, candidates: [{ url: candidate.url, ...ALL }], tap: WRITING });
    const text = await talk(gateway.port, post("x".repeat(16 * MIB)));
    expect(text).toContain(" 202 ");
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, "dropped:bytes": 1 });
    expect(gateway.collector.budget.used).toBe(0);
  });

  it("is charged to the byte budget while it waits, and gets its 202 even when the budget is exhausted", async () => {
    const primary = await upstream((socket) => socket.pause());
    const candidate = await respondingWith();
    const gateway = await start({
      primary: primary.url,
      candidates: [{ url: candidate.url, ...ALL }],
      tap: WRITING,
      capture: { maxBodyBytes: 1024, maxBufferedBytes: 1024 },
    });
    expect(await talk(gateway.port, post("x".repeat(8 * MIB)))).toContain(" 202 ");
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, "dropped:bytes": 1 });
    expect(gateway.collector.budget.used).toBe(0);
  });

  it("that is incomplete aborts the legs, and is not compared", async () => {
    const [primary, candidate] = [await upstream(silent), await upstream(silent)];
    const gateway = await start({ primary: primary.url, candidates: [{ url: candidate.url, ...ALL }], tap: WRITING });
    const client = await RawClient.open(gateway.port);
    client.send("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf");
    await until(() => primary.received.includes("half") && candidate.received.includes("half"));
    client.close();
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, mirrored: 1, "skipped:client-aborted": 1 });
    await until(() =>
      [...primary.sockets, ...candidate.sockets].every(({ readableEnded, destroyed }) => readableEnded || destroyed),
    );
    expect(client.text).toBe("");
  });

  it("is requested with 100 Continue when the client expects it", async () => {
    const [primary, candidate] = [await respondingWith("ok", "hi"), await respondingWith("ok", "hi")];
    const gateway = await start({ primary: primary.url, candidates: [{ url: candidate.url, ...ALL }], tap: WRITING });
    const client = await RawClient.open(gateway.port);
    client.send("POST /p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    await client.until((text) => text === "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("hi");
    await client.until((text) => text.includes(" 202 "));
    client.close();
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, mirrored: 1 });
  });
});

describe("the limits of a tap", () => {
  it("a primary that hangs occupies the slots of candidates that have responded; without a slot, the response is 202 and the copy is dropped", async () => {
    const [primary, candidate] = [await upstream(silent), await respondingWith()];
    const gateway = await start({ primary: primary.url, candidates: [{ url: candidate.url, maxInFlight: 2 }] });
    for (const path of ["/1", "/2"]) await talk(gateway.port, request(`GET ${path}`));
    await until(() => gateway.legs.length === 2);
    expect(await talk(gateway.port, request("GET /3"))).toContain(" 202 ");
    expect(gateway.mirror.inFlight).toBe(2);
    for (const socket of primary.sockets) socket.write(rawResponse("ok"));
    await until(() => gateway.mirror.inFlight === 0);
    await talk(gateway.port, request("GET /4"));
    await until(() => gateway.mirror.inFlight === 1);
    for (const socket of primary.sockets) if (!socket.destroyed) socket.write(rawResponse("ok"));
    await until(() => gateway.mirror.inFlight === 0);
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 4, mirrored: 3, "dropped:inflight": 1 });
    expect(primary.received).not.toContain("/3");
  });

  it("a capture that exceeds the budget aborts the primary leg too", async () => {
    const primary = await upstream((socket) =>
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n${"x".repeat(5000)}`),
    );
    const candidate = await upstream(silent);
    const gateway = await start({
      primary: primary.url,
      candidates: [{ url: candidate.url }],
      capture: { maxBufferedBytes: 2000 },
    });
    await talk(gateway.port, request("GET /p"));
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, "dropped:bytes": 1 });
    await until(() =>
      [...primary.sockets, ...candidate.sockets].every(({ readableEnded, destroyed }) => readableEnded || destroyed),
    );
    expect(gateway.collector.budget.used).toBe(0);
  });
});

describe("a tap over HTTP/2 without TLS", () => {
  it("responds 202, strips -shadow from :authority, and forwards bodies", async () => {
    const [primary, candidate] = [await respondingWith("ok", "0\r\n\r\n"), await respondingWith("ok", "0\r\n\r\n")];
    const gateway = await start({ primary: primary.url, candidates: [{ url: candidate.url, ...ALL }], tap: WRITING });
    const session = connectHttp2(`http://127.0.0.1:${gateway.port}`);
    const stream = session.request({ ":method": "POST", ":path": "/p", ":authority": "svc-shadow:8080" });
    stream.end("hi");
    const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
    stream.resume();
    await once(stream, "close");
    session.close();
    expect([headers[":status"], headers["content-length"]]).toEqual([202, "0"]);
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, mirrored: 1 });
    expect(primary.received).toMatch(/^host: svc:8080\r$/im);
    expect(candidate.received).toBe(primary.received);
  });

  it("completes the exchange when the stream is reset after the 202, and the session ends", async () => {
    const [primary, candidate] = [await upstream(silent), await upstream(silent)];
    const gateway = await start({ primary: primary.url, candidates: [{ url: candidate.url }] });
    const session = connectHttp2(`http://127.0.0.1:${gateway.port}`);
    const stream = session.request({ ":path": "/p" });
    await once(stream, "response");
    session.destroy();
    await until(() => primary.received !== "" && candidate.received !== "");
    for (const { sockets } of [primary, candidate]) sockets[0]?.write(rawResponse("x"));
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, mirrored: 1 });
  });

  it("accepts 1,024 requests that a client sends before it has read the settings, as Envoy does", async () => {
    const { url } = await upstream(silent);
    const gateway = await start({ primary: url, candidates: [{ url }] });
    const raw = await RawClient.open(gateway.port);
    const pseudo = [":method", "PUT", ":scheme", "http", ":authority", "h", ":path", "/p"];
    const heads = Array.from({ length: 1_024 }, (_, index) =>
      encodeHeaders(2 * index + 1, [...pseudo, "cookie", "c".repeat(4_000)]),
    );
    const ends = heads.map((_, index) => encodeFrame("DATA", END_STREAM, 2 * index + 1, Buffer.from("x")));
    raw.send(Buffer.concat([Buffer.from(PREFACE), encodeFrame("SETTINGS", 0, 0, Buffer.alloc(0)), ...heads, ...ends]));
    const replies = (): Frame[] =>
      decodeFrames(raw.received).filter(({ type }) => type === "HEADERS" || type === "RST_STREAM");
    await raw.until(() => replies().length === 1_024);
    expect(new Set(replies().map(({ type, flags }) => [type, flags & END_STREAM].join()))).toEqual(
      new Set([`HEADERS,${END_STREAM}`]),
    );
    raw.socket.destroy();
    await gateway.settle();
    expect(gateway.requests).toEqual(heads.map(() => ["PUT", 202]));
    expect(gateway.accounting()).toEqual({ received: 1_024, "notMirrored:method": 1_024 });
  });
});
