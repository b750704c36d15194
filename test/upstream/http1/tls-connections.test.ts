import { once } from "node:events";
import { Readable } from "node:stream";
import { createServer as createCleartextServer, type AddressInfo, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { createUpstreamClient } from "../../../src/upstream/create-upstream-client.ts";
import type { LegRequest, UpstreamClient } from "../../../src/upstream/leg.ts";
import { toTransportFailure } from "../../../src/upstream/transport-failure.ts";
import { rawResponse, RawUpstream } from "../../proxy/proxy-harness.ts";
import { GET, LIMITS, RecordingHandler, run } from "../recording-handler.ts";
import { turns } from "./quarantine.ts";
import { createTlsService } from "./tls-service.ts";

const { certificate, tls } = createTlsService();

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function clientFor(url: string, connectTimeoutMs = 2_000): UpstreamClient {
  const client = createUpstreamClient({ protocol: "http1", tls }, url, connectTimeoutMs);
  stops.unshift(async () => client.destroy());
  return client;
}

async function upstream(respond: Parameters<typeof RawUpstream.start>[0]): Promise<[RawUpstream, UpstreamClient]> {
  const raw = await RawUpstream.start(respond, certificate);
  stops.push(async () => raw.stop());
  return [raw, clientFor(raw.url)];
}

describe("a request over TLS", () => {
  it("is written byte for byte as in cleartext, with its trailers", async () => {
    const [raw, client] = await upstream((socket, text) => {
      if (text.endsWith("\r\n\r\n")) socket.write(rawResponse("x"));
    });
    const request: LegRequest = {
      method: "POST",
      target: "/p",
      headers: ["X-B", "1", "Host", "h", "x-b", "2"],
      body: Readable.from([Buffer.from("hi")]),
      trailers: () => ["T", "1"],
    };
    expect((await run(client, LIMITS, request)).body).toBe("x");
    await turns();
    expect((await run(client, LIMITS, { ...GET, method: "OPTIONS", target: "*" })).connectMs).toBe(null);
    expect(raw.received).toBe(
      "POST /p HTTP/1.1\r\nX-B: 1\r\nHost: h\r\nx-b: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nT: 1\r\n\r\n" +
        "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
    );
    expect((raw.sockets[0] as TLSSocket).alpnProtocol).toBe("http/1.1");
  });

  it("receives head, body and trailers as they were on the wire, after interim responses", async () => {
    const [, client] = await upstream((socket) =>
      socket.write(
        Buffer.from(
          "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 F\xefne\r\nX-a: 1\r\nx-A: \xe9\r\nTransfer-Encoding: chunked\r\n\r\n" +
            "2\r\nhi\r\n0\r\nContent-Length: 1\r\n\r\n",
          "latin1",
        ),
      ),
    );
    const handler = await run(client);
    expect(handler.events).toEqual([
      "start",
      [200, "F\xefne", ["X-a", "1", "x-A", "\xe9", "Transfer-Encoding", "chunked"]],
      ["end", ["Content-Length", "1"]],
    ]);
    expect(handler.body).toBe("hi");
  });

  it("can switch protocols", async () => {
    const [, client] = await upstream((socket, text) =>
      socket.write(text.startsWith("GET") ? "HTTP/1.1 101 S\r\nUpgrade: x/1\r\n\r\nearly" : text.toUpperCase()),
    );
    const { socket } = await run(client, LIMITS, { ...GET, upgrade: "x/1" });
    let got = "";
    socket?.on("data", (chunk: Buffer) => (got += chunk.toString()));
    socket?.write("late");
    await expect.poll(() => got).toBe("earlyLATE");
    socket?.destroy();
  });
});

describe("a TLS connection", () => {
  it("is reused after a response of one packet, and for 200 requests at 8 at once", async () => {
    const [raw, client] = await upstream((socket) => socket.write(rawResponse("x")));
    const lane = async (): Promise<void> => {
      for (let request = 0; request < 25; request += 1) expect((await run(client)).body).toBe("x");
    };
    await Promise.all(Array.from({ length: 8 }, lane));
    expect(raw.sockets).toHaveLength(8);
  });

  it("has a connect time that includes the handshake; the next ones resume its session", async () => {
    const resumed: boolean[] = [];
    const [, client] = await upstream((socket) => {
      resumed.push((socket as TLSSocket).isSessionReused());
      socket.write(rawResponse("x", "Connection: close\r\n"));
    });
    const first = await run(client);
    await run(client);
    await run(client);
    expect(first.connectMs).toBeGreaterThan(0);
    expect(resumed).toEqual([false, true, true]);
  });

  it("is opened ahead, handshake included", async () => {
    const [raw, client] = await upstream((socket) => socket.write(rawResponse("x")));
    client.warmUp();
    await expect.poll(() => raw.sockets.length).toBe(1);
    // The client's side of the handshake has ended when the server has received its last message.
    await turns();
    expect([(await run(client)).connectMs, raw.sockets.length]).toEqual([null, 1]);
  });

  it("ends a body without a length, and a reset cuts one", async () => {
    const [raw, client] = await upstream((socket, text) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\nhello", () => {
        if (text.includes("/cut")) setTimeout(() => raw.reset(socket), 50);
        else socket.end();
      });
    });
    const whole = await run(client);
    const cut = await run(client, LIMITS, { ...GET, target: "/cut" });
    expect([whole.body, whole.events.at(-1)]).toEqual(["hello", ["end", []]]);
    expect([cut.body, cut.events.at(-1)]).toEqual(["hello", ["fail", "reset"]]);
  });

  it.each<[string, (socket: Socket, raw: RawUpstream) => void]>([
    ["closed", (socket) => void socket.end()],
    ["reset", (socket, raw) => raw.reset(socket)],
  ])("that is %s when it is reused: a request with a safe method is retried", async (_name, close) => {
    const used = new WeakSet<Socket>();
    const [raw, client] = await upstream((socket) => {
      if (used.has(socket)) return close(socket, raw);
      used.add(socket);
      return void socket.write(rawResponse("fresh"));
    });
    await run(client);
    await turns();
    const handler = await run(client);
    expect([handler.events[1], handler.body, raw.sockets.length]).toEqual(["start", "fresh", 2]);
  });
});

describe("a TLS connection that cannot be opened", () => {
  it("to a cleartext server: tls", async () => {
    const raw = await RawUpstream.start((socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"));
    stops.push(async () => raw.stop());
    expect((await run(clientFor(raw.url.replace("http:", "https:")))).events).toEqual([["fail", "tls"]]);
  });

  it("because no server listens: refused", async () => {
    const [raw, client] = await upstream(() => {});
    await raw.stop();
    expect((await run(client)).events).toEqual([["fail", "refused"]]);
  });

  it("because the name does not resolve: dns", async () => {
    expect((await run(clientFor("https://nowhere.invalid", 5_000))).events).toEqual([["fail", "dns"]]);
  });

  it("because the server does not take part in the handshake: timeout", async () => {
    const silent = createCleartextServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    stops.push(async () => void silent.close());
    const { port } = silent.address() as AddressInfo;
    const handler = new RecordingHandler();
    clientFor(`https://127.0.0.1:${port}`, 100).send(GET, LIMITS, handler);
    await handler.over;
    expect([handler.events, handler.detail]).toEqual([[["fail", "timeout"]], "not connected after 100 ms"]);
  });
});

function coded(code: string): Error {
  return Object.assign(new Error("x"), { code });
}

describe("failures", () => {
  it.each([
    [coded("ECONNREFUSED"), "refused"],
    [Object.assign(new AggregateError([]), { code: "ECONNREFUSED" }), "refused"],
    [coded("ENOTFOUND"), "dns"],
    [coded("EAI_AGAIN"), "dns"],
    [coded("ECONNRESET"), "reset"],
    [coded("DEPTH_ZERO_SELF_SIGNED_CERT"), "tls"],
    [coded("ERR_TLS_CERT_ALTNAME_INVALID"), "tls"],
    [coded("INVALID_PURPOSE"), "tls"],
    [coded("EMFILE"), "descriptors"],
    [new Error("x"), "internal"],
  ])("%s is %s", (error, kind) => expect(toTransportFailure(error).kind).toBe(kind));
});
