import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { createUpstreamClient } from "../../../src/upstream/create-upstream-client.ts";
import type { LegRequest, UpstreamClient } from "../../../src/upstream/leg.ts";
import { rawResponse, RawUpstream } from "../../proxy/proxy-harness.ts";
import { GET, LIMITS, RecordingHandler, run } from "../recording-handler.ts";
import { turns } from "./quarantine.ts";
import { createTlsService } from "./tls-service.ts";

const { certificate, tls } = createTlsService();

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

type Scheme = "http" | "https";
type Respond = Parameters<typeof RawUpstream.start>[0];

async function upstream(respond: Respond, scheme: Scheme = "http"): Promise<[RawUpstream, UpstreamClient]> {
  const raw = await RawUpstream.start(respond, scheme === "https" ? certificate : undefined);
  const client = createUpstreamClient({ protocol: "http1", tls }, raw.url, 2_000);
  stops.push(
    async () => client.destroy(),
    async () => raw.stop(),
  );
  return [raw, client];
}

const PIECE = Buffer.alloc(64 * 1024, "x");
/** More than the kernel buffers of a connection. */
const PIECES = 640;
const EARLY = rawResponse("too big", "Connection: close\r\n", "413 Too Much");

/** A body whose pieces the test pushes. */
function pushedBody(): Readable {
  return new Readable({ objectMode: true, highWaterMark: PIECES, read: () => {} }).on("error", () => {});
}

function post(body: Readable | Buffer, framing: readonly string[] = []): LegRequest {
  return { method: "POST", target: "/", headers: ["Host", "h", ...framing], body };
}

describe.each<Scheme>(["http", "https"])(
  "an upstream over %s that responds before it reads the body, and closes",
  (scheme) => {
    const LENGTH = ["Content-Length", String(PIECES * PIECE.length)];

    it.each<[string, readonly string[]]>([
      ["a known length", LENGTH],
      ["chunks", []],
    ])("its response wins against the write error, for a body of %s", async (_name, framing) => {
      const body = pushedBody();
      const [raw, client] = await upstream((socket) => {
        socket.pause();
        socket.write(EARLY, () => {
          raw.reset(socket);
          // The connection is gone, and the response is in the kernel: these pieces are written before it is read.
          for (let piece = 0; piece < PIECES; piece += 1) body.push(PIECE);
        });
      }, scheme);
      const handler = await run(client, LIMITS, post(body, framing));
      expect(handler.events).toEqual([
        "start",
        [413, "Too Much", ["Connection", "close", "Content-Length", "7"]],
        ["end", []],
      ]);
      expect([handler.body, body.destroyed]).toEqual(["too big", true]);
    });

    it("its response is received while a buffered body is written", async () => {
      const [raw, client] = await upstream((socket) => {
        socket.pause();
        socket.write(EARLY, () => raw.reset(socket));
      }, scheme);
      const handler = await run(client, LIMITS, post(Buffer.alloc(PIECES * PIECE.length, "x")));
      expect([handler.events[1], handler.body]).toEqual([expect.arrayContaining([413]), "too big"]);
    });

    it("the connection of an incomplete upload is not used again, even if it stays open", async () => {
      const body = pushedBody();
      const [raw, client] = await upstream((socket) => socket.write(rawResponse(String(raw.sockets.length))), scheme);
      expect((await run(client, LIMITS, post(body))).body).toBe("1");
      await turns();
      expect((await run(client)).body).toBe("2");
    });
  },
);

describe("a write error", () => {
  it("without a response fails the leg, and is a finding on a new connection", async () => {
    const body = pushedBody();
    const [raw, client] = await upstream((socket) => {
      raw.reset(socket);
      for (let piece = 0; piece < PIECES; piece += 1) body.push(PIECE);
    });
    const handler = await run(client, LIMITS, post(body));
    expect([handler.failure?.kind, handler.failure?.connectionClosed]).toEqual(["reset", undefined]);
  });

  it("within the response to an incomplete upload is no finding: chance decides how much of it arrives", async () => {
    const body = pushedBody();
    const [raw, client] = await upstream((socket) => {
      socket.write("HTTP/1.1 413 Too Much\r\n\r\ntoo", () => raw.reset(socket));
    });
    const handler = await run(client, LIMITS, post(body));
    expect([handler.body, handler.failure?.kind, handler.failure?.connectionClosed]).toEqual(["too", "reset", true]);
  });

  it("after a reset cuts a body without a length; after an orderly end the body is complete", async () => {
    for (const [close, last] of [
      ["reset", ["fail", "reset"]],
      ["end", ["end", []]],
    ] as const) {
      const body = pushedBody();
      const [raw, client] = await upstream((socket) => {
        socket.pause();
        socket.write("HTTP/1.1 413 Too Much\r\n\r\ntoo big", () => {
          if (close === "reset") raw.reset(socket);
          else socket.end(() => socket.resetAndDestroy());
          for (let piece = 0; piece < PIECES; piece += 1) body.push(PIECE);
        });
      });
      const handler = await run(client, LIMITS, post(body));
      expect([handler.body, handler.events.at(-1)]).toEqual(["too big", last]);
    }
  });

  it("within a response whose connection ends in an orderly way is a finding", async () => {
    const body = pushedBody();
    const [, client] = await upstream((socket) => {
      socket.pause();
      socket.end("HTTP/1.1 413 Too Much\r\nContent-Length: 7\r\n\r\ntoo");
    });
    const handler = await run(client, LIMITS, post(body));
    expect([handler.failure?.kind, handler.failure?.connectionClosed]).toEqual(["reset", undefined]);
  });
});

/** Resets the connection of an upstream just before the request is written to it. */
class ResettingHandler extends RecordingHandler {
  readonly #raw: RawUpstream;

  constructor(raw: RawUpstream) {
    super();
    this.#raw = raw;
  }

  override start(connectMs: number | null): void {
    super.start(connectMs);
    if (connectMs === null) this.#raw.sockets[0]?.resetAndDestroy();
  }
}

describe("an idle connection that was reset before a byte of the request left", () => {
  it.each<[string, () => LegRequest, string]>([
    ["without a body", () => ({ ...GET, method: "DELETE" }), "DELETE / HTTP/1.1\r\nHost: h\r\n\r\n"],
    [
      "with a buffered body",
      () => post(Buffer.from("hello")),
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
    ],
    [
      "with a streamed body of one piece",
      () => post(Readable.from([Buffer.from("hello")]), ["Content-Length", "5"]),
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
    ],
    [
      "with a streamed body of several pieces",
      () => post(Readable.from(["he", "l", "lo"].map((piece) => Buffer.from(piece))), ["Content-Length", "5"]),
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
    ],
    [
      "with a body that comes later",
      () => {
        const body = pushedBody();
        setTimeout(() => {
          body.push(Buffer.from("hello"));
          body.push(null);
        }, 20);
        return post(body, ["Content-Length", "5"]);
      },
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
    ],
  ])("a request %s is sent on another connection, once", async (_name, request, expected) => {
    let received = "";
    const [raw, client] = await upstream((socket, text) => {
      received += text;
      const isComplete = received.includes("Content-Length")
        ? received.endsWith("hello")
        : received.endsWith("\r\n\r\n");
      if (isComplete) socket.write(rawResponse("fresh"));
    });
    await run(client);
    await turns();
    received = "";
    const handler = new ResettingHandler(raw);
    client.send(request(), LIMITS, handler);
    await handler.over;
    expect([handler.body, handler.events.slice(0, 2), raw.sockets.length]).toEqual(["fresh", ["start", "start"], 2]);
    expect(received).toBe(expected);
  });
});

/** Resets every request with a method that is not safe, once the connection has carried another one. */
async function closing(): Promise<[RawUpstream, UpstreamClient]> {
  const used = new WeakSet<Socket>();
  return upstream((socket, text) => {
    if (text.startsWith("POST") && used.has(socket)) return void socket.resetAndDestroy();
    used.add(socket);
    return void socket.write(rawResponse("fresh"));
  });
}

it("an idle connection that was closed before the request is not used, whatever its method", async () => {
  const [raw, client] = await upstream((socket) => socket.write(rawResponse(String(raw.sockets.length))));
  await run(client);
  await turns();
  // The end is in the kernel when the request comes, but no event has reported it.
  raw.sockets[0]?.destroy();
  const handler = await run(client, LIMITS, post(Buffer.from("hello")));
  expect([handler.body, handler.events[0], raw.received.match(/POST/g)?.length]).toEqual(["2", "start", 1]);
});

describe("an idle connection that the upstream closes when the request has left", () => {
  it("is no finding: the request may not have been received", async () => {
    const [, client] = await closing();
    await run(client);
    await turns();
    const handler = await run(client, LIMITS, post(Buffer.from("hello")));
    expect(handler.failure).toMatchObject({ kind: "reset", connectionClosed: true, notProcessed: false });
  });

  it("the next such request tries a new connection, where closing it is a finding; others use open ones", async () => {
    const [raw, client] = await closing();
    await run(client);
    await turns();
    await run(client, LIMITS, post(Buffer.from("hello")));
    await run(client);
    await turns();
    expect(raw.sockets).toHaveLength(2);
    expect((await run(client, LIMITS, post(Buffer.from("hello")))).connectMs).toBeGreaterThan(0);
    await turns();
    expect([(await run(client)).connectMs, raw.sockets.length]).toEqual([null, 3]);
    // One new connection in a while is enough.
    await turns();
    expect((await run(client, LIMITS, post(Buffer.from("hello")))).events).toEqual(["start", ["fail", "reset"]]);
    expect(raw.sockets).toHaveLength(3);
  });
});
