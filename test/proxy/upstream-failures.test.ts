import { Readable } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { openHttp2, responseOf } from "./listener/http2-exchange.ts";
import { rawResponse, Gateway, type GatewayOptions, RawClient, RawUpstream, talk } from "./proxy-harness.ts";

const stops: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of stops.splice(0)) await one.stop();
});

async function start(upstream: RawUpstream, options: Partial<GatewayOptions> = {}): Promise<Gateway> {
  const gateway = await Gateway.start({ primary: upstream.url, ...options });
  stops.push(gateway, upstream);
  return gateway;
}

const GET = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

describe("a primary that fails before its response", () => {
  const cases: [string, () => Promise<RawUpstream>, number, string][] = [
    ["resets", () => RawUpstream.start((socket) => socket.resetAndDestroy()), 502, "connection_terminated"],
    ["closes", () => RawUpstream.start((socket) => socket.end()), 502, "connection_terminated"],
    [
      "uses a transfer coding that is not chunked alone",
      () =>
        RawUpstream.respondingWith("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"),
      502,
      "http_protocol_error",
    ],
    ["sends garbage", () => RawUpstream.respondingWith("SSH-2.0-x\r\n\r\n"), 502, "http_protocol_error"],
    [
      "sends 270 KB of header",
      () => RawUpstream.respondingWith(rawResponse("", `X: ${"a".repeat(270_000)}\r\n`)),
      502,
      "http_protocol_error",
    ],
    [
      "switches protocols unasked",
      () => RawUpstream.respondingWith("HTTP/1.1 101 Switching Protocols\r\n\r\n"),
      502,
      "http_protocol_error",
    ],
    [
      "upgrades unasked",
      () => RawUpstream.respondingWith("HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"),
      502,
      "http_protocol_error",
    ],
    [
      "sends two lengths",
      () => RawUpstream.respondingWith(rawResponse("x", "Content-Length: 2\r\n")),
      502,
      "http_protocol_error",
    ],
    [
      "sends two lengths",
      () => RawUpstream.respondingWith("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc"),
      502,
      "http_protocol_error",
    ],
    ["is silent", () => RawUpstream.start(() => {}), 504, "http_response_timeout"],
  ];
  it.each(cases)("%s", async (_name, upstream, status, error) => {
    const gateway = await start(await upstream(), { upstream: { headTimeoutMs: 150 } });
    const text = await talk(gateway.port, GET);
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(text).toContain(`\r\nProxy-Status: shadowdiff; error=${error}\r\n`);
    expect(text.slice(text.indexOf("\r\n\r\n") + 4)).toBe(
      `${JSON.stringify({ error, message: "The upstream did not respond." })}\n`,
    );
    expect(gateway.requests).toEqual([["GET", status]]);
    expect(gateway.legs).toEqual([["primary", "primary", 0]]);
  });

  it("refuses the connection, and works again once it is back", async () => {
    const gone = await RawUpstream.respondingWith(rawResponse("x"));
    const gateway = await start(gone);
    await gone.stop();
    const client = await RawClient.open(gateway.port);
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    await client.until((text) => text.includes("connection_refused") && text.endsWith("}\n"));
    expect(client.text).toMatch(/^HTTP\/1\.1 502 /);
    client.close();
  });
});

describe("a primary that fails within its response", () => {
  it.each([
    ["with a length", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"],
    ["chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"],
  ])("%s: the client sees an incomplete response without a final chunk", async (_name, response) => {
    const gateway = await start(await RawUpstream.respondingWith(response, true));
    const client = await RawClient.open(gateway.port);
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    const text = await client.closed();
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text.endsWith("hello") || text.endsWith("hello\r\n")).toBe(true);
  });

  it("a reset within a body without a length is a reset for an HTTP/1.0 client too", async () => {
    const upstream = await RawUpstream.start((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\nhello", () => setTimeout(() => socket.resetAndDestroy(), 50));
    });
    const gateway = await start(upstream);
    const client = await RawClient.open(gateway.port);
    client.send("GET / HTTP/1.0\r\n\r\n");
    await client.closed();
    expect(client.error).toMatchObject({ code: "ECONNRESET" });
  });

  it("a body without progress ends after the idle timeout", async () => {
    const upstream = await RawUpstream.respondingWith("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello");
    const gateway = await start(upstream, { upstream: { idleTimeoutMs: 150 } });
    expect(await talk(gateway.port, GET)).toMatch(/hello$/);
  });
});

describe("a client that disconnects", () => {
  it("while the primary works: the request to the primary is aborted", async () => {
    const upstream = await RawUpstream.start(() => {});
    const gateway = await start(upstream);
    const client = await RawClient.open(gateway.port);
    client.send(GET);
    await expect.poll(() => upstream.received).not.toBe("");
    client.close();
    await expect.poll(() => upstream.sockets[0]?.destroyed).toBe(true);
    expect(gateway.requests).toEqual([["GET", 0]]);
  });

  it("during an upload: the request to the primary is aborted", async () => {
    const upstream = await RawUpstream.start(() => {});
    const gateway = await start(upstream);
    const client = await RawClient.open(gateway.port);
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99\r\n\r\nhello");
    await expect.poll(() => upstream.received).toContain("hello");
    client.close();
    await expect.poll(() => upstream.sockets[0]?.destroyed).toBe(true);
  });

  it("before the connection to the primary is open: later requests are still served", async () => {
    const upstream = await RawUpstream.respondingWith(rawResponse("ok"));
    const gateway = await start(upstream);
    for (let round = 0; round < 20; round += 1) {
      const clients = await Promise.all(Array.from({ length: 5 }, async () => RawClient.open(gateway.port)));
      for (const client of clients) client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      for (const client of clients) client.close();
    }
    expect(await talk(gateway.port, GET)).toMatch(/ok$/);
  });

  it("or stops sending within a body is closed after the idle timeout", async () => {
    const upstream = await RawUpstream.start(() => {});
    const gateway = await start(upstream, { idleTimeoutMs: 150 });
    const client = await RawClient.open(gateway.port);
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99\r\n\r\nhello");
    await client.closed();
    await expect.poll(() => upstream.sockets[0]?.destroyed).toBe(true);
  });

  it("is not one that waits for a slow primary", async () => {
    const upstream = await RawUpstream.start((socket) => setTimeout(() => socket.write(rawResponse("slow")), 400));
    const gateway = await start(upstream, { idleTimeoutMs: 100 });
    expect(await talk(gateway.port, GET)).toMatch(/slow$/);
  });
});

/** Both legs go to one server, which resets each connection once it has responded. */
async function startEarly(): Promise<Gateway> {
  const upstream = await RawUpstream.start((socket) => {
    socket.pause();
    socket.write(rawResponse("too big", "", "413 Too Much"), () => socket.resetAndDestroy());
  });
  return start(upstream, { candidates: [{ url: upstream.url, methods: new Set(["POST"]) }] });
}

describe("a primary that responds before it has read the body, and closes", () => {
  const SIZE = 24 * 1024 * 1024;
  const PIECE = Buffer.alloc(64 * 1024, "x");

  it.each([
    ["a known length", `Content-Length: ${SIZE}`, Buffer.alloc(SIZE, "x")],
    [
      "chunks",
      "Transfer-Encoding: chunked",
      Buffer.concat([Buffer.from(`${SIZE.toString(16)}\r\n`), Buffer.alloc(SIZE, "x"), Buffer.from("\r\n0\r\n\r\n")]),
    ],
  ])("the client receives the response while it sends %s; the candidate's is equal", async (_name, framing, body) => {
    const gateway = await startEarly();
    const client = await RawClient.open(gateway.port);
    client.send(`POST / HTTP/1.1\r\nHost: h\r\n${framing}\r\n\r\n`);
    client.send(body);
    expect(await client.until((text) => text.endsWith("too big"))).toMatch(/^HTTP\/1\.1 413 /);
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, mirrored: 1 });
    expect(gateway.exchanges[0]?.candidates[0]?.capture).toMatchObject({ status: 413, failure: null });
    client.close();
  });

  it("a client of HTTP/2 receives it too", async () => {
    const gateway = await startEarly();
    const session = openHttp2(`http://127.0.0.1:${gateway.port}`);
    const stream = session.request({ ":method": "POST", ":path": "/" });
    Readable.from(Array.from({ length: SIZE / PIECE.length }, () => PIECE)).pipe(stream);
    const { status, body } = await responseOf(stream);
    expect([status, body]).toEqual([413, "too big"]);
    session.destroy();
  });
});

describe("backpressure", () => {
  const SIZE = 24 * 1024 * 1024;
  /** Upper bound for bytes in the buffers of sockets and kernel. */
  const ON_THE_WAY = 16 * 1024 * 1024;

  it("a client that does not read slows the primary down, and finally receives every byte", async () => {
    let sent = 0;
    const chunk = Buffer.alloc(64 * 1024, "x");
    const upstream = await RawUpstream.start((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n\r\n`);
      const more = (): void => {
        while (sent < SIZE) {
          sent += chunk.length;
          if (!socket.write(chunk)) return void socket.once("drain", more);
        }
      };
      more();
    });
    const gateway = await start(upstream, { upstream: { idleTimeoutMs: 10_000 } });
    const client = await RawClient.open(gateway.port);
    client.socket.removeAllListeners("data");
    client.socket.pause();
    client.send(GET);
    let before = -1;
    await expect
      .poll(
        () => {
          const still = sent === before && sent > 0;
          before = sent;
          return still;
        },
        { interval: 150 },
      )
      .toBe(true);
    expect(sent).toBeLessThan(ON_THE_WAY);
    let got = 0;
    client.socket.on("data", (data) => (got += data.length));
    client.socket.resume();
    await client.closed();
    expect(got).toBeGreaterThanOrEqual(SIZE);
    expect(got).toBeLessThan(SIZE + 1_000);
  });

  it("a primary that does not read slows the client down", async () => {
    const upstream = await RawUpstream.start((socket) => socket.pause());
    const gateway = await start(upstream, { upstream: { idleTimeoutMs: 10_000 } });
    const client = await RawClient.open(gateway.port);
    client.send(`POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${SIZE}\r\n\r\n`);
    client.send(Buffer.alloc(SIZE, "x"));
    let before = -1;
    await expect
      .poll(
        () => {
          const still = client.socket.bytesWritten - client.socket.writableLength === before;
          before = client.socket.bytesWritten - client.socket.writableLength;
          return still;
        },
        { interval: 150 },
      )
      .toBe(true);
    expect(client.socket.writableLength).toBeGreaterThan(SIZE - ON_THE_WAY);
    client.close();
  });

  it("an early response to an upload reaches the client, and the connection stays open", async () => {
    const upstream = await RawUpstream.start((socket, text) => {
      if (text.includes("POST")) socket.write(rawResponse("early", "", "413 Too Much"));
      if (text.includes("GET")) socket.write(rawResponse("next"));
    });
    const gateway = await start(upstream);
    const client = await RawClient.open(gateway.port);
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 500000\r\n\r\nhello");
    await client.until((text) => text.endsWith("early"));
    client.send(Buffer.alloc(500_000 - 5, "x"));
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    const text = await client.until((text) => text.endsWith("next"));
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 413", "HTTP/1.1 200"]);
    client.close();
  });
});
