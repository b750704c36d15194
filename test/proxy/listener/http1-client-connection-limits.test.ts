import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { ClientConnection } from "../../../src/proxy/listener/http1-client-connection.ts";
import type { ConnectionContext } from "../../../src/proxy/listener/http1-connection-context.ts";
import { TurnQueue } from "../../../src/lib/runtime/turn-queue.ts";
import { TcpResetter } from "../../../src/proxy/listener/listener-tls.ts";
import { type FrontOptions, type Respond, startFront } from "../front.ts";
import { REQUESTS } from "../route-builders.ts";
import { rawResponse, RawClient, talk } from "../proxy-harness.ts";

const HEAD_MS = 5_000;
const IDLE_MS = 60_000;
const KEEP_ALIVE_MS = 75_000;
const LINGER_MS = 1_000;
const LONGEST_LINGER_MS = 30_000;
const GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const POST = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

interface Pair {
  readonly client: RawClient;
  readonly connection: ClientConnection;
  readonly socket: Socket;
  /** Status codes of the refusals. */
  readonly refusals: number[];
  /** Number of requests that were served. */
  served(): number;
}

/** Opens a connection without a listener, so that the test controls the time that passes. */
async function pair(serve: ConnectionContext["serve"]): Promise<Pair> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "connection");
  const client = await RawClient.open((server.address() as AddressInfo).port);
  const [socket] = (await accepted) as [Socket];
  const refusals: number[] = [];
  let served = 0;
  const connection = new ClientConnection(socket, {
    serve: (...request) => {
      served += 1;
      serve(...request);
    },
    requests: REQUESTS,
    clientDescriber: () => undefined,
    scheme: "http",
    headTimeoutMs: HEAD_MS,
    idleTimeoutMs: IDLE_MS,
    turns: new TurnQueue(),
    tunnels: new Set(),
    reset: (target) => new TcpResetter().reset(target),
    isDraining: false,
    refused: (status) => void refusals.push(status),
    idleConnections: { count: 0 },
    forget() {},
  });
  stops.push(() => {
    client.close();
    socket.destroy();
    server.close();
  });
  return { client, connection, socket, refusals, served: () => served };
}

const respondOk: ConnectionContext["serve"] = (_head, request, response) => {
  request.resume();
  response.writeHead(200, "OK", ["Content-Length", "2"]);
  response.write(Buffer.from("ok"));
  response.end([]);
};
/** Reads the body and never responds. */
const neverRespond: ConnectionContext["serve"] = (_head, request) => void request.resume();

/** Waits until the other side takes no more of the written bytes. */
async function waitUntilStalled(socket: Socket): Promise<void> {
  let before = -1;
  const isSame = (): boolean => {
    const now = socket.bytesWritten - socket.writableLength;
    const same = now === before;
    before = now;
    return same && now > 0;
  };
  await expect.poll(isSame, { interval: 100 }).toBe(true);
}

describe("timeouts of a connection", () => {
  it("keeps an idle connection for 75 seconds, even when empty lines arrive", async () => {
    const { client, connection, socket } = await pair(respondOk);
    client.send(GET);
    await client.until((text) => text.endsWith("ok"));
    connection.checkTimeouts(1);
    connection.checkTimeouts(KEEP_ALIVE_MS);
    client.send("\r\n\r\n");
    await expect.poll(() => socket.bytesRead).toBe(GET.length + 4);
    expect(socket.destroyed).toBe(false);
    connection.checkTimeouts(1);
    expect(socket.destroyed).toBe(true);
  });

  it("keeps a new connection without a request as long, and closes it without a response", async () => {
    const { client, connection, refusals } = await pair(respondOk);
    connection.checkTimeouts(KEEP_ALIVE_MS);
    expect(connection.socket.destroyed).toBe(false);
    connection.checkTimeouts(1);
    expect([await client.closed(), refusals]).toEqual(["", []]);
  });

  it("restarts the keep-alive timeout after each request", async () => {
    const { client, connection, socket } = await pair(respondOk);
    for (let round = 1; round <= 3; round += 1) {
      client.send(GET);
      await client.until((text) => text.split("HTTP/1.1").length - 1 === round);
      for (let check = 0; check < 4; check += 1) connection.checkTimeouts(KEEP_ALIVE_MS / 4);
      expect(socket.destroyed).toBe(false);
    }
  });

  it.each([
    ["does not extend the head timeout with each piece, and responds with 408", "GET / HTTP/1.1\r\n", "HTTP/1.1 408 "],
    ["starts the head timeout with the first byte after a response", `${GET}G`, "HTTP/1.1 408 "],
  ])("%s", async (_name, bytes, expected) => {
    const { client, connection, socket, refusals } = await pair(respondOk);
    client.send(bytes);
    await expect.poll(() => socket.bytesRead).toBe(bytes.length);
    connection.checkTimeouts(1_000_000);
    connection.checkTimeouts(HEAD_MS - 1);
    client.send("X");
    await expect.poll(() => socket.bytesRead).toBe(bytes.length + 1);
    connection.checkTimeouts(1);
    expect([socket.destroyed, socket.writableEnded]).toEqual([false, false]);
    connection.checkTimeouts(1);
    const text = await client.closed();
    expect(text.slice(text.lastIndexOf("HTTP/1.1"))).toMatch(new RegExp(`^${expected}`));
    expect(refusals).toEqual([408]);
  });

  it("applies the idle timeout within a body and restarts it with every byte", async () => {
    const { client, connection, socket } = await pair(neverRespond);
    client.send(POST);
    await expect.poll(() => socket.bytesRead).toBe(POST.length);
    connection.checkTimeouts(0);
    for (let byte = 1; byte <= 5; byte += 1) {
      connection.checkTimeouts(IDLE_MS);
      expect(socket.destroyed).toBe(false);
      client.send("x");
      await expect.poll(() => socket.bytesRead).toBe(POST.length + byte);
      connection.checkTimeouts(IDLE_MS);
    }
    connection.checkTimeouts(IDLE_MS);
    connection.checkTimeouts(1);
    expect(socket.destroyed).toBe(true);
  });

  it("applies the idle timeout to a client that does not read a response, and restarts it with every piece read", async () => {
    const PIECE = Buffer.alloc(60_000);
    const { client, connection, socket } = await pair((_head, _request, response) => {
      response.writeHead(200, "OK", []);
      const go = (): void => {
        while (response.write(PIECE));
        response.onceDrained(go);
      };
      go();
    });
    client.socket.pause();
    client.send(GET);
    await waitUntilStalled(socket);
    connection.checkTimeouts(1);
    connection.checkTimeouts(IDLE_MS);
    expect(socket.destroyed).toBe(false);
    const before = client.socket.bytesRead;
    client.socket.removeAllListeners("data").resume();
    await expect.poll(() => client.socket.bytesRead, { interval: 1 }).toBeGreaterThan(before + 5_000_000);
    client.socket.pause();
    await waitUntilStalled(socket);
    connection.checkTimeouts(IDLE_MS);
    connection.checkTimeouts(IDLE_MS);
    expect(socket.destroyed).toBe(false);
    connection.checkTimeouts(1);
    expect(socket.destroyed).toBe(true);
  });

  it("applies the idle timeout to a client that does not read the end of a response", async () => {
    const { client, connection, socket } = await pair((_head, _request, response) => {
      response.writeHead(200, "OK", []);
      response.write(Buffer.alloc(30_000_000));
      response.end([]);
    });
    client.socket.pause();
    client.send(GET.replace("1.1", "1.0"));
    await expect.poll(() => socket.writableLength).toBeGreaterThan(0);
    connection.checkTimeouts(IDLE_MS);
    expect(socket.destroyed).toBe(false);
    connection.checkTimeouts(1);
    expect(socket.destroyed).toBe(true);
    client.socket.resume();
    await client.closed();
    // Otherwise the response would look complete.
    expect(client.error).toMatchObject({ code: "ECONNRESET" });
  });

  it("closes a connection one second after a refusal, even when more bytes arrive", async () => {
    const { client, connection, socket, refusals } = await pair(respondOk);
    client.socket.removeAllListeners("end");
    client.send("nonsense\r\n\r\n");
    await client.until((text) => text.endsWith("ambiguous.\n"));
    connection.checkTimeouts(1);
    client.send("more");
    await expect.poll(() => socket.bytesRead).toBe("nonsense\r\n\r\nmore".length);
    connection.checkTimeouts(LINGER_MS);
    expect(socket.destroyed).toBe(false);
    connection.checkTimeouts(1);
    expect([socket.destroyed, refusals]).toEqual([true, [400]]);
  });

  it("closes a connection half a minute after the last response, however much of the request still arrives", async () => {
    const { client, connection, socket } = await pair(respondOk);
    client.socket.removeAllListeners("end");
    client.send(POST.replace("Host: h", "Host: h\r\nConnection: close").replace("9", "9000"));
    await client.until((text) => text.endsWith("ok"));
    for (let second = 1; second <= LONGEST_LINGER_MS / 1_000; second += 1) {
      const before = socket.bytesRead;
      client.send("more");
      await expect.poll(() => socket.bytesRead).toBe(before + "more".length);
      connection.checkTimeouts(1_000);
    }
    expect(socket.destroyed).toBe(false);
    client.send("more");
    connection.checkTimeouts(1);
    expect(socket.destroyed).toBe(true);
  });
});

const through = (respond: Respond, listener: FrontOptions["listener"] = {}): ReturnType<typeof startFront> =>
  startFront(stops, respond, { listener });

describe("draining", () => {
  it("closes idle connections, responds to requests in flight with close, and serves no pipelined requests", async () => {
    const [front, upstream] = await through((socket, text) => {
      if (text.startsWith("GET")) socket.write(rawResponse("ok"));
      if (text.endsWith("body")) socket.write(rawResponse("late"));
    });
    const idle = await RawClient.open(front.port);
    idle.send(GET);
    await idle.until((text) => text.endsWith("ok"));
    const silent = await RawClient.open(front.port);
    const busy = await RawClient.open(front.port);
    busy.send(`${POST}hello`);
    await expect.poll(() => upstream.received).toContain("hello");
    const drained = front.listener.drain(20_000);
    busy.send(`body${GET.replace("/", "/behind")}`);
    // It arrives while idle connections are still open.
    idle.send(GET);
    expect(await busy.closed()).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nlate$/);
    expect((await idle.closed()).match(/Connection: [a-z-]+/g)).toEqual([
      "Connection: keep-alive",
      "Connection: close",
    ]);
    expect(await silent.closed()).toBe("");
    await drained;
    expect(upstream.received).not.toContain("/behind");
  });

  it("closes remaining connections at the end of the grace period", async () => {
    const [front, upstream] = await through(() => {});
    const texts = [talk(front.port, GET), talk(front.port, POST), talk(front.port, "GET / HT"), talk(front.port, "P")];
    await expect.poll(() => upstream.received.split("HTTP/1.1").length - 1).toBe(2);
    await front.listener.drain(100);
    expect(await Promise.all(texts)).toEqual(["", "", "", ""]);
  });

  it("resets an HTTP/1.0 client whose response is incomplete at that time", async () => {
    const [front] = await through((socket) => socket.write("HTTP/1.1 200 OK\r\nX: y\r\n\r\npart"));
    const client = await RawClient.open(front.port);
    client.send("GET / HTTP/1.0\r\n\r\n");
    await client.until((text) => text.endsWith("part"));
    await front.listener.drain(50);
    await client.closed();
    expect(client.error).toMatchObject({ code: "ECONNRESET" });
  });
});
