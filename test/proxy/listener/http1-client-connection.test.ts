import { createHash } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { type FrontOptions, type Respond, startFront } from "../front.ts";
import { rawResponse, Gateway, RawClient, RawUpstream, talk } from "../proxy-harness.ts";
import { destination, forward, match, route, subset } from "../route-builders.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const through = (respond: Respond, options: Partial<FrontOptions> = {}): ReturnType<typeof startFront> =>
  startFront(stops, respond, options);

const get = (target: string, ...lines: string[]): string =>
  [`GET ${target} HTTP/1.1`, "Host: h", ...lines, "", ""].join("\r\n");
const count = (text: string, part: string): number => text.split(part).length - 1;
const targetOf = (received: string): string => received.split(" ")[1] ?? "";
const ok: Respond = (socket, text) => void socket.write(rawResponse(targetOf(text)));
const early: Respond = (socket, text) => {
  if (/^(?:POST|GET)/.test(text)) socket.write(rawResponse(`early ${targetOf(text)}`));
};
const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

describe("pipelined requests", () => {
  it("get their responses in order: slow, local, failed, without a body, and successful", async () => {
    const upstream = await RawUpstream.start((socket, text) => {
      const target = targetOf(text);
      if (target === "/fail") socket.destroy();
      else if (target === "/none") socket.write("HTTP/1.1 204 No Content\r\n\r\n");
      else if (text.startsWith("HEAD")) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
      else if (target === "/slow") setTimeout(() => socket.write(rawResponse("slow")), 50);
      else socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\n\r\n");
    });
    const local = route(
      "local",
      { type: "direct-response", status: 403, headers: [], body: "local" },
      { matches: [match({ uri: { type: "exact", value: "/local" } })] },
    );
    const gateway = await Gateway.start({
      routes: [local, route("all", forward([destination(subset("v1", upstream.url))]))],
    });
    stops.push(
      async () => gateway.stop(),
      async () => upstream.stop(),
    );
    const head = get("/head").replace("GET", "HEAD");
    const post = "POST /local HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    const requests = [
      get("/slow"),
      get("/local"),
      get("/fail"),
      head,
      post,
      get("/none"),
      get("/x", "Connection: close"),
    ];
    const text = await talk(gateway.port, requests.join(""));
    const parts = text.match(/HTTP\/1\.1 \d+|slow|local(?!ly)|good/g);
    const [responded, slow, good] = ["HTTP/1.1 200", "slow", "good"];
    const [refused, failed, none] = ["HTTP/1.1 403", "HTTP/1.1 502", "HTTP/1.1 204"];
    expect(parts).toEqual([
      responded,
      slow,
      refused,
      "local",
      failed,
      responded,
      refused,
      "local",
      none,
      responded,
      good,
    ]);
  });

  it("are not served while the client does not read responses; afterwards every byte arrives in order", async () => {
    const REQUESTS = 1_500;
    const BODY = 30_000;
    let served = 0;
    const [front] = await through((socket, text) => {
      for (const [, number = ""] of text.matchAll(/GET \/(\d+)/g)) {
        served += 1;
        socket.write(rawResponse(number.padEnd(BODY, "x")));
      }
    });
    const client = await RawClient.open(front.port);
    client.socket.pause();
    const numbers = Array.from({ length: REQUESTS }, (_, index) => String(index));
    client.send(numbers.map((number) => get(`/${number}`)).join(""));
    let before = 0;
    const isStalled = (): boolean => {
      const isSame = served > 0 && served === before;
      before = served;
      return isSame;
    };
    await expect.poll(isStalled, { interval: 200 }).toBe(true);
    // Roughly what the buffers of the kernel hold.
    expect(served * BODY).toBeLessThan(15_000_000);
    client.socket.removeAllListeners("data");
    const hash = createHash("sha256");
    let length = 0;
    client.socket.on("data", (piece: Buffer) => {
      hash.update(piece);
      length += piece.length;
    });
    const keeps = "\r\nConnection: keep-alive\r\nKeep-Alive: timeout=75\r\n\r\n";
    const expected = numbers.map((number) => rawResponse(number.padEnd(BODY, "x")).replace("\r\n\r\n", keeps));
    const complete = Buffer.from(expected.join(""));
    client.socket.resume();
    await expect.poll(() => length).toBeGreaterThanOrEqual(complete.length);
    client.close();
    expect([length, hash.digest("hex")]).toEqual([complete.length, sha256(complete)]);
  });

  it.each([
    ["a few", 10],
    ["more than is buffered", 5_000],
  ])("%s, and the client disconnects: only the first one is served, and nothing remains", async (_name, requests) => {
    const [front, upstream] = await through(() => {}, { limits: { headMs: 500 } });
    const client = await RawClient.open(front.port);
    client.send(get("/").repeat(requests));
    await expect.poll(() => upstream.received).toContain("GET");
    client.close();
    await front.listener.drain(20_000);
    // A full buffer stops reading, so only the response notices that the client has disconnected.
    await expect.poll(() => front.ends[0]?.clientStatus).toBe(requests > 1_000 ? 504 : 0);
    expect(count(upstream.received, "GET")).toBeLessThan(3);
  });
});

describe("the end of a connection", () => {
  const KEPT = "Connection: keep-alive\r\nKeep-Alive: timeout=75\r\n";
  it.each([
    ["HTTP/1.1", [], true],
    ["HTTP/1.1", ["Connection: keep-alive"], true],
    ["HTTP/1.1", ["Connection: x,\tCLOSE"], false],
    ["HTTP/1.1", ["Connection: close", "Connection: keep-alive"], false],
    ["HTTP/1.0", [], false],
    ["HTTP/1.0", ["Connection: x, Keep-Alive"], true],
    ["HTTP/1.0", ["Connection: keep-alive", "Connection: close"], false],
    ["HTTP/1.0", ["Connection: close", "Connection: keep-alive"], false],
  ])("%s with %j: the connection persists? %s", async (version, lines, isKept) => {
    const [front] = await through(ok);
    const client = await RawClient.open(front.port);
    client.send(get("/1", ...lines).replace("HTTP/1.1", version) + get("/2", "Connection: close"));
    const text = await client.closed();
    const first = rawResponse("/1").replace("\r\n\r\n", `\r\n${isKept ? KEPT : "Connection: close\r\n"}\r\n`);
    const second = rawResponse("/2").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    expect(text).toBe(isKept ? first + second : first);
  });

  it("by the primary within a response to HTTP/1.0 without a length: a reset, not an orderly end", async () => {
    const [front, upstream] = await through((socket) =>
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
    );
    const client = await RawClient.open(front.port);
    client.send("GET / HTTP/1.0\r\n\r\n");
    await client.until((text) => text.endsWith("hello"));
    client.socket.end();
    upstream.sockets[0]?.resetAndDestroy();
    await client.closed();
    expect(client.error).toMatchObject({ code: "ECONNRESET" });
  });

  it("by a client that requested an upgrade and has sent more, while earlier responses are still unread", async () => {
    const [front] = await through((socket, text) => {
      for (let left = count(text, "GET /s"); left > 0; left -= 1) socket.write(rawResponse("x".repeat(30_000)));
      if (!text.includes("Upgrade: x")) return;
      setTimeout(() => socket.write("HTTP/1.1 101 Yes\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"), 500);
    });
    const client = await RawClient.open(front.port);
    client.socket.pause();
    client.send(`${get("/s").repeat(300)}${get("/u", "Connection: upgrade", "Upgrade: x")}more`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    client.socket.end();
    // The 101 arrives now; without an error handler the process would crash.
    await new Promise((resolve) => setTimeout(resolve, 400));
    client.socket.resume();
    expect(await client.closed()).not.toContain("101");
    expect(await talk(front.port, get("/s", "Connection: close"))).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each(["reset", "end"])("a %s at any position in a request leaves nothing behind", async (how) => {
    const [front] = await through((socket, text) => {
      if (text.includes("world")) socket.write(rawResponse("ok"));
    });
    const request =
      "POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\nA: b\r\n\r\n";
    for (let at = 0; at <= request.length; at += 3) {
      const client = await RawClient.open(front.port);
      client.send(request.slice(0, at));
      await new Promise((resolve) => setTimeout(resolve, 2));
      if (how === "reset") client.socket.resetAndDestroy();
      else client.socket.end();
      await client.closed();
    }
    // Every exchange that began has ended.
    await expect.poll(() => front.ends.length).toBe(front.heads.length);
    await front.listener.drain(20_000);
  });
});

describe("a response that comes before the end of the request body", () => {
  it.each([
    ["of known length", "Content-Length: 3000000\r\n\r\n", "x".repeat(3_000_000)],
    [
      "in chunks",
      "Transfer-Encoding: chunked\r\n\r\n",
      `${`1000\r\n${"x".repeat(4096)}\r\n`.repeat(700)}0\r\nA: b\r\n\r\n`,
    ],
  ])("a body %s: the rest is discarded, and the next request is correct", async (_name, head, body) => {
    const [front, upstream] = await through(early);
    const client = await RawClient.open(front.port);
    client.send(`POST /1 HTTP/1.1\r\nHost: h\r\n${head}${body.slice(0, 1_000)}`);
    await client.until((text) => text.endsWith("early /1"));
    client.send(`${body.slice(1_000)}${get("/2")}`);
    await client.until((text) => text.endsWith("early /2"));
    client.send(get("/3", "Connection: close"));
    expect(count(await client.closed(), "HTTP/1.1 200 OK")).toBe(3);
    // The primary received no request that looks complete.
    expect(upstream.received).not.toContain("0\r\nA: b\r\n\r\n");
  });

  it("on a connection that closes: the response arrives although the client is still sending", async () => {
    const [front] = await through(early);
    const client = await RawClient.open(front.port);
    client.send("POST /1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 30000000\r\n\r\n");
    for (let piece = 0; piece < 30; piece += 1) client.send("x".repeat(1_000_000));
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*Connection: close\r\n[^]*early \/1$/);
    expect(client.error).toBeUndefined();
  });

  it("a refusal arrives although the client is still sending", async () => {
    const [front, upstream] = await through(early);
    const client = await RawClient.open(front.port);
    client.send("POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: +3\r\n\r\n");
    for (let piece = 0; piece < 8; piece += 1) client.send("x".repeat(1_000_000));
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect([client.error, upstream.received, front.refusals]).toEqual([undefined, "", [[400, "malformed"]]]);
  });

  it("followed by a malformed chunk: the connection ends, and other connections continue", async () => {
    const [front, upstream] = await through((socket, text) => {
      if (text.startsWith("POST")) socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");
      else ok(socket, text);
    });
    const client = await RawClient.open(front.port);
    client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
    await client.until((text) => text.endsWith("1\r\nx\r\n"));
    client.send(`zz\r\n${get("/smuggled")}`);
    expect(await client.closed()).toMatch(/\r\n\r\n1\r\nx\r\n$/);
    expect(await talk(front.port, get("/next", "Connection: close"))).toMatch(/\/next$/);
    expect(upstream.received).not.toContain("smuggled");
  });
});

describe("an upload whose client disconnects", () => {
  it.each([
    ["of known length", "Content-Length: 11", "hello"],
    ["in chunks", "Transfer-Encoding: chunked", "5\r\nhello\r\n"],
    ["before its last line", "Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n"],
  ])("%s: the request to the primary is aborted, not completed", async (_name, framing, piece) => {
    const [front, upstream] = await through(() => {});
    const client = await RawClient.open(front.port);
    client.send(`POST / HTTP/1.1\r\nHost: h\r\n${framing}\r\n\r\n${piece}`);
    await expect.poll(() => upstream.received).toContain("hello");
    client.close();
    await expect.poll(() => upstream.sockets[0]?.destroyed).toBe(true);
    expect(upstream.received).not.toContain("0\r\n\r\n");
    expect(front.ends).toEqual([{ clientStatus: 0, primaryStatus: 0 }]);
  });
});

it("a thousand short connections leave nothing behind", async () => {
  const [front] = await through(ok);
  for (let round = 0; round < 20; round += 1) {
    const texts = Array.from({ length: 50 }, async () => talk(front.port, get("/a", "Connection: close")));
    expect(new Set(await Promise.all(texts)).size).toBe(1);
  }
  await front.listener.drain(20_000);
  expect(front.ends).toHaveLength(1_000);
});
