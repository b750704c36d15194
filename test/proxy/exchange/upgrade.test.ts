import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { TestAuthority } from "../../tools/certificates.ts";
import { Front, type FrontOptions } from "../front.ts";
import { rawResponse, Gateway, RawClient, RawUpstream, talk } from "../proxy-harness.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function through(upstream: RawUpstream, options: Partial<FrontOptions> = {}): Promise<Front> {
  const front = await Front.start({ upstream: upstream.url, ...options });
  stops.push(
    async () => front.stop(),
    async () => upstream.stop(),
  );
  return front;
}

/** Echoes every message in upper case, and closes with 4001 on request. */
async function echo(): Promise<string> {
  const http: Server = createServer().listen(0, "127.0.0.1");
  await once(http, "listening");
  const sockets = new WebSocketServer({ server: http, handleProtocols: () => "b" });
  sockets.on("connection", (socket) => {
    socket.on("message", (data, isBinary) => {
      const text = (data as Buffer).toString("latin1");
      if (text === "close") socket.close(4001, "on request");
      else socket.send(isBinary ? data : text.toUpperCase(), { binary: isBinary });
    });
  });
  stops.push(() => {
    for (const socket of sockets.clients) socket.terminate();
    http.close();
  });
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

const UPGRADE = "GET /chat HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: x/1\r\nX-Key: 1\r\n\r\n";
const SWITCH = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x/1\r\nX-b: 1\r\n\r\n";

describe("a WebSocket", () => {
  it("reaches the primary: text, a megabyte of binary data, subprotocol, close code", async () => {
    const front = await Front.start({ upstream: await echo() });
    stops.unshift(async () => front.stop());
    const client = new WebSocket(`ws://127.0.0.1:${front.port}/chat`, ["a", "b"]);
    await once(client, "open");
    expect(client.protocol).toBe("b");
    client.send("hello");
    expect(String((await once(client, "message"))[0])).toBe("HELLO");
    const bytes = Buffer.from(Array.from({ length: 1 << 20 }, (_, index) => (index * 7) % 256));
    client.send(bytes);
    expect(bytes.equals((await once(client, "message"))[0] as Buffer)).toBe(true);
    client.send("close");
    const [code, reason] = (await once(client, "close")) as [number, Buffer];
    expect([code, String(reason)]).toEqual([4001, "on request"]);
    expect(front.ends).toEqual([{ clientStatus: 101, primaryStatus: 101 }]);
    expect(front.heads.map(({ obstacle, upgrade }) => [obstacle, upgrade])).toEqual([["upgrade", "websocket"]]);
  });

  it("reaches the primary over TLS", async () => {
    const authority = new TestAuthority();
    stops.push(() => authority.remove());
    const front = await Front.start({
      upstream: await echo(),
      listener: { tls: authority.issue("a", "DNS:localhost") },
    });
    stops.unshift(async () => front.stop());
    const client = new WebSocket(`wss://localhost:${front.port}/`, { rejectUnauthorized: false });
    await once(client, "open");
    client.send("hello");
    expect(String((await once(client, "message"))[0])).toBe("HELLO");
    client.close();
    await once(client, "close");
  });
});

describe("any other upgrade", () => {
  it("forwards the request and the 101, and then all bytes in both directions", async () => {
    const upstream = await RawUpstream.start((socket, text) => {
      if (text.startsWith("GET")) socket.write(`${SWITCH}greetings`);
      else socket.write(Buffer.from(`<${text}>`, "latin1"));
    });
    const front = await through(upstream);
    const client = await RawClient.open(front.port);
    client.send(UPGRADE);
    await client.until((text) => text.endsWith("greetings"));
    client.send("\0\x01\xff");
    await client.until((text) => text.endsWith("<\0\x01\xff>"));
    expect(client.text).toBe(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x/1\r\nX-b: 1\r\n\r\ngreetings<\0\x01\xff>",
    );
    expect(upstream.received).toBe(
      "GET /chat HTTP/1.1\r\nHost: h\r\nX-Key: 1\r\nShadowdiff-Hop: 1\r\nConnection: Upgrade\r\nUpgrade: x/1\r\n\r\n\0\x01\xff",
    );
    client.close();
  });

  it("loses no byte that arrived together with the request", async () => {
    const upstream = await RawUpstream.start((socket, text) => {
      if (text.startsWith("GET")) socket.write(SWITCH);
    });
    const front = await through(upstream);
    const client = await RawClient.open(front.port);
    client.send(`${UPGRADE}early`);
    await expect.poll(() => upstream.received).toMatch(/\r\n\r\nearly$/);
    client.close();
  });

  it("ends one direction without ending the other", async () => {
    const upstream = await RawUpstream.start((socket, text) => {
      if (!text.startsWith("GET")) return;
      socket.removeAllListeners("end");
      socket.write(SWITCH);
      socket.once("end", () => setTimeout(() => socket.end("after your end"), 30));
    });
    const front = await through(upstream);
    const client = await RawClient.open(front.port);
    client.send(UPGRADE);
    await client.until((text) => text.endsWith("\r\n\r\n"));
    client.socket.end("bye");
    expect(await client.closed()).toMatch(/after your end$/);
    expect(upstream.received).toMatch(/bye$/);
  });

  it("keeps the client's direction open when the primary ends first", async () => {
    const upstream = await RawUpstream.start((socket, text) => {
      if (text.startsWith("GET")) socket.end(SWITCH);
    });
    const front = await through(upstream);
    const client = await RawClient.open(front.port);
    client.socket.removeAllListeners("end");
    client.send(UPGRADE);
    await once(client.socket, "end");
    client.send("still here");
    await expect.poll(() => upstream.received).toMatch(/still here$/);
    client.socket.end();
    await client.closed();
  });

  it("closes one side when the other side fails", async () => {
    const upstream = await RawUpstream.start((socket, text) => {
      if (text.startsWith("GET")) socket.write(SWITCH);
    });
    const front = await through(upstream);
    const client = await RawClient.open(front.port);
    client.send(UPGRADE);
    await client.until((text) => text.endsWith("\r\n\r\n"));
    client.socket.resetAndDestroy();
    await expect.poll(() => upstream.sockets[0]?.destroyed).toBe(true);
    const other = await RawClient.open(front.port);
    other.send(UPGRADE);
    await other.until((text) => text.endsWith("\r\n\r\n"));
    upstream.sockets[1]?.resetAndDestroy();
    await other.closed();
  });

  it("has no idle timeout", async () => {
    const upstream = await RawUpstream.start((socket, text) => {
      if (text.startsWith("GET")) socket.write(SWITCH);
      else socket.write(text);
    });
    const front = await through(upstream, { limits: { idleMs: 100, headMs: 100 }, listener: { idleTimeoutMs: 100 } });
    const client = await RawClient.open(front.port);
    client.send(UPGRADE);
    await client.until((text) => text.endsWith("\r\n\r\n"));
    await new Promise((resolve) => setTimeout(resolve, 400));
    client.send("awake");
    expect(await client.until((text) => text.endsWith("awake"))).toMatch(/\r\n\r\nawake$/);
    client.close();
  });

  it("stays open while the listener drains, and is closed at the end of the grace", async () => {
    const upstream = await RawUpstream.start((socket, text) => {
      if (text.startsWith("GET")) socket.write(SWITCH);
      else socket.write(text);
    });
    const front = await through(upstream);
    const client = await RawClient.open(front.port);
    client.send(UPGRADE);
    await client.until((text) => text.endsWith("\r\n\r\n"));
    const drained = front.listener.drain(300);
    client.send("still");
    await client.until((text) => text.endsWith("still"));
    await drained;
    await client.closed();
    await expect.poll(() => upstream.sockets[0]?.destroyed).toBe(true);
  });
});

describe("an upgrade that the primary does not accept", () => {
  it.each([
    [
      "a refusal",
      rawResponse("no", "X-A: 1\r\n", "403 Forbidden"),
      "HTTP/1.1 403 Forbidden\r\nX-A: 1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno",
    ],
    [
      "a chunked response",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nno\r\n0\r\n\r\n",
    ],
  ])("ends with a response, and the connection is closed: %s", async (_name, response, expected) => {
    const upstream = await RawUpstream.respondingWith(response);
    const front = await through(upstream);
    const text = await talk(front.port, UPGRADE);
    // Node chooses the order of Connection and Transfer-Encoding.
    expect(text.split("\r\n").toSorted()).toEqual(expected.split("\r\n").toSorted());
  });

  it("is a gateway error when no server listens", async () => {
    const gone = await RawUpstream.respondingWith("");
    const front = await through(gone);
    await gone.stop();
    expect(await talk(front.port, UPGRADE)).toMatch(/^HTTP\/1\.1 502 [^]*connection_refused/);
  });

  it("is aborted when the client disconnects first", async () => {
    const upstream = await RawUpstream.start(() => {});
    const front = await through(upstream);
    const client = await RawClient.open(front.port);
    client.send(UPGRADE);
    await expect.poll(() => upstream.received).not.toBe("");
    client.close();
    await expect.poll(() => upstream.sockets[0]?.destroyed).toBe(true);
    expect(front.ends).toEqual([{ clientStatus: 0, primaryStatus: 0 }]);
  });
});

describe("an Upgrade that is ignored", () => {
  const cases: [string, string][] = [
    [
      "to h2c",
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
    ],
    [
      "to h2c and other protocols",
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, close\r\nUpgrade: websocket, h2c\r\n\r\n",
    ],
    [
      "with a body",
      "POST / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, close\r\nUpgrade: x\r\nContent-Length: 2\r\n\r\nhi",
    ],
    ["in HTTP/1.0", "GET / HTTP/1.0\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"],
    ["that is not listed in Connection", "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nUpgrade: x\r\n\r\n"],
  ];
  it.each(cases)("%s: the request is forwarded without it", async (_name, request) => {
    const upstream = await RawUpstream.respondingWith(rawResponse("ok"));
    const front = await through(upstream);
    expect(await talk(front.port, request)).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*ok$/);
    expect(upstream.received).not.toMatch(/upgrade|http2-settings/i);
    expect(front.heads.map(({ obstacle, upgrade }) => [obstacle, upgrade])).toEqual([[null, null]]);
  });

  it("after a request whose response is pending: both are served without it, in order", async () => {
    const upstream = await RawUpstream.start((socket, text) => {
      const name = /^GET \/(\w+)/.exec(text)?.[1] ?? "";
      setTimeout(() => socket.write(rawResponse(name)), name === "first" ? 50 : 0);
    });
    const front = await through(upstream);
    const client = await RawClient.open(front.port);
    client.send(`GET /first HTTP/1.1\r\nHost: h\r\n\r\n${UPGRADE}`);
    const text = await client.until((text) => text.endsWith("chat"));
    expect(text.indexOf("first")).toBeGreaterThan(0);
    client.close();
  });

  it("does not make a malformed request valid", async () => {
    const upstream = await RawUpstream.respondingWith(rawResponse("ok"));
    const front = await through(upstream);
    const request = "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";
    expect(await talk(front.port, request)).toMatch(/^HTTP\/1\.1 400 /);
    expect([front.refusals, upstream.received]).toEqual([[[400, "malformed"]], ""]);
  });
});

describe("mirroring", () => {
  it("sends upgrades to the primary only, and counts them as not mirrored", async () => {
    const upstream = await RawUpstream.start((socket, text) =>
      socket.write(text.startsWith("GET /chat") ? SWITCH : rawResponse("x")),
    );
    const candidate = await RawUpstream.respondingWith(rawResponse("x"));
    const gateway = await Gateway.start({ primary: upstream.url, candidates: [{ url: candidate.url }] });
    stops.push(
      async () => gateway.stop(),
      async () => upstream.stop(),
      async () => candidate.stop(),
    );
    const client = await RawClient.open(gateway.port);
    client.send(UPGRADE);
    await client.until((text) => text.endsWith("\r\n\r\n"));
    client.close();
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, "notMirrored:upgrade": 1 });
    expect([candidate.received, gateway.requests]).toEqual(["", [["GET", 101]]]);
    await talk(gateway.port, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close, Upgrade\r\nUpgrade: h2c\r\n\r\n");
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 2, "notMirrored:upgrade": 1, mirrored: 1 });
  });
});
