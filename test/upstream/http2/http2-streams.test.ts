import http2 from "node:http2";
import { syncBuiltinESMExports } from "node:module";
import { Readable } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { Http2Client } from "../../../src/upstream/http2/http2-client.ts";
import type { LegRequest } from "../../../src/upstream/leg.ts";
import type { Frame } from "../../proxy/listener/http2-frames.ts";
import { GET, LIMITS, run, RecordingHandler } from "../recording-handler.ts";
import { endsRequest, type FrameConnection, FrameServer, REFUSED_STREAM, settings, uint32 } from "./frame-server.ts";

const ANY_STREAM = 2 ** 31 - 1;
const INTERNAL_ERROR = 2;
const KIBIBYTE = 1024;

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

type OnFrame = (connection: FrameConnection, frame: Frame) => void;

async function start(first: Buffer | null, onFrame: OnFrame): Promise<[Http2Client, FrameServer]> {
  const server = await FrameServer.start({ settings: first, onFrame });
  const client = new Http2Client(server.url, 500, {});
  stops.push(
    async () => client.destroy(),
    async () => server.stop(),
  );
  return [client, server];
}

function post(...pieces: string[]): LegRequest {
  return { ...GET, method: "POST", body: Readable.from(pieces.map((piece) => Buffer.from(piece))) };
}

async function runAll(client: Http2Client, requests: readonly LegRequest[]): Promise<RecordingHandler[]> {
  return Promise.all(requests.map(async (request) => run(client, LIMITS, request)));
}

function outcomes(handlers: readonly RecordingHandler[]): unknown[] {
  return handlers.map(({ events, body }) => [body, events.at(-1)]);
}

const OK = ["ok", ["end", []]];

/** Responds to each request in a later turn of the event loop, so that others arrive in between. */
const respondLater: OnFrame = (connection, frame) => {
  if (endsRequest(frame)) setTimeout(() => connection.respond(frame.stream), 5);
};

describe("streams beyond the limit of the upstream", () => {
  it("are sent on further connections; none is refused", async () => {
    let most = 0;
    const [client, server] = await start(settings(2), (connection, frame) => {
      most = Math.max(most, connection.open.size);
      respondLater(connection, frame);
    });
    const all = await runAll(
      client,
      Array.from({ length: 8 }, () => post("x")),
    );
    expect(outcomes(all)).toEqual(all.map(() => OK));
    expect(all.map(({ events }) => events.filter((event) => event === "start").length)).toEqual(all.map(() => 1));
    expect([most, server.connections.length]).toEqual([2, 4]);
  });

  it("wait for the settings of the first connection, except one; the wait counts as connect time", async () => {
    const [client, server] = await start(null, () => {});
    const handlers = Array.from({ length: 3 }, () => new RecordingHandler());
    for (const handler of handlers) client.send(GET, LIMITS, handler);
    await expect.poll(() => server.connections[0]?.open.size).toBe(1);
    expect(handlers.map(({ events }) => events)).toEqual([["start"], [], []]);
    await new Promise((resolve) => setTimeout(resolve, 30));
    server.connections[0]?.send("SETTINGS", 0, 0, settings(100));
    await expect.poll(() => server.connections[0]?.open.size).toBe(3);
    for (const stream of [1, 3, 5]) server.connections[0]?.respond(stream);
    await Promise.all(handlers.map(async ({ over }) => over));
    expect(outcomes(handlers)).toEqual([OK, OK, OK]);
    expect(handlers[2]?.connectMs).toBeGreaterThanOrEqual(30);
  });

  it("use the first connection when the upstream serves one connection after another", async () => {
    const [client, server] = await start(null, (connection, frame) => {
      if (connection !== server.connections[0]) return;
      if (frame.type === "SETTINGS" && !connection.isAcknowledged) connection.send("SETTINGS", 0, 0, settings(2));
      respondLater(connection, frame);
    });
    const all = await runAll(
      client,
      Array.from({ length: 8 }, () => post("x")),
    );
    expect(outcomes(all)).toEqual(all.map(() => OK));
    expect(server.connections.length).toBe(4);
  });

  it("wait in order while the upstream allows none, and are sent when it does", async () => {
    const order: string[] = [];
    const [client, server] = await start(settings(0), (connection, frame) => {
      if (endsRequest(frame)) {
        order.push(connection.bodies.get(frame.stream) ?? "");
        connection.respond(frame.stream);
      }
    });
    client.warmUp();
    await expect.poll(() => server.connections[0]?.isAcknowledged).toBe(true);
    const names = ["a", "b", "c", "d"];
    const all = runAll(
      client,
      names.map((name) => post(name)),
    );
    const aborted = new RecordingHandler();
    client.send(post("aborted"), LIMITS, aborted).abort();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(order).toEqual([]);
    server.connections[0]?.send("SETTINGS", 0, 0, settings(1));
    expect(outcomes(await all)).toEqual(names.map(() => OK));
    expect(order.toSorted()).toEqual(names);
    expect([order[0], aborted.events]).toEqual(["a", []]);
  });

  it("fail when none becomes free in time: provably not processed", async () => {
    const [client, server] = await start(settings(0), () => {});
    client.warmUp();
    await expect.poll(() => server.connections[0]?.isAcknowledged).toBe(true);
    const [waiting, late] = [new RecordingHandler(), new RecordingHandler()];
    client.send(GET, { headMs: 60, idleMs: 60, totalMs: 0 }, waiting);
    client.send(GET, LIMITS, late).setDeadline(80);
    await Promise.all([waiting.over, late.over]);
    expect([waiting.failure, late.failure]).toEqual([
      { kind: "timeout", detail: "no free stream for 60 ms", notProcessed: true },
      { kind: "timeout", detail: "not complete 80 ms after the primary", notProcessed: true },
    ]);
  });

  it("fail in time too when the only streams are those of a connection that is ending", async () => {
    const [client, server] = await start(settings(), (connection, frame) => {
      if (!endsRequest(frame) || frame.stream === 1) return;
      // One request at a time; the first one takes long.
      connection.reset(frame.stream, REFUSED_STREAM);
      setTimeout(() => connection.goAway(frame.stream), 10);
    });
    const [inFlight, waiting] = [new RecordingHandler(), new RecordingHandler()];
    client.send(post("x"), LIMITS, inFlight);
    await expect.poll(() => server.connections[0]?.isAcknowledged).toBe(true);
    client.send(post("y"), { headMs: 60, idleMs: 60, totalMs: 0 }, waiting);
    await waiting.over;
    expect(waiting.failure).toEqual({ kind: "timeout", detail: "no free stream for 60 ms", notProcessed: true });
    server.connections[0]?.respond(1);
    await inFlight.over;
    expect(outcomes([inFlight])).toEqual([OK]);
  });

  it("that were sent before the limit fell are sent again, and those in flight end", async () => {
    const [client, server] = await start(settings(10), (connection, frame) => {
      if (!endsRequest(frame)) return;
      if (connection.open.size === 3) connection.send("SETTINGS", 0, 0, settings(2));
      if (connection.open.size > 2) connection.reset(frame.stream, REFUSED_STREAM);
      else setTimeout(() => connection.respond(frame.stream), 20);
    });
    await run(client);
    const all = await runAll(
      client,
      Array.from({ length: 6 }, () => post("x")),
    );
    expect(outcomes(all)).toEqual(all.map(() => OK));
    expect(server.connections.length).toBeGreaterThan(1);
  });

  it("replace a connection whose limit falls to 0", async () => {
    const [client, server] = await start(settings(10), respondLater);
    await run(client);
    server.connections[0]?.send("SETTINGS", 0, 0, settings(0));
    await expect.poll(() => server.connections[0]?.socket.destroyed).toBe(true);
    expect([(await run(client)).body, server.connections.length]).toEqual(["ok", 2]);
  });

  it("fit a limit that the upstream has for all connections and does not announce", async () => {
    let open = 0;
    let most = 0;
    const [client] = await start(settings(), (connection, frame) => {
      if (!endsRequest(frame)) return;
      if (open === 2) return connection.reset(frame.stream, REFUSED_STREAM);
      open += 1;
      most = Math.max(most, open);
      return void setTimeout(() => {
        open -= 1;
        connection.respond(frame.stream);
      }, 10);
    });
    const all = await runAll(
      client,
      Array.from({ length: 30 }, () => post("x")),
    );
    expect(outcomes(all)).toEqual(all.map(() => OK));
    expect(most).toBe(2);
  });
});

describe("a stream that the upstream refuses", () => {
  it.each([
    ["before the body", 0],
    ["within the body", 1],
    ["before the end of the body", 3],
  ])("%s is sent again with all of the body, in order", async (_name, after) => {
    const bodies: string[] = [];
    const [client] = await start(settings(), (connection, frame) => {
      if (bodies.length === 0 && (connection.bodies.get(frame.stream)?.length ?? 0) === after && frame.stream > 0) {
        bodies.push("refused");
        connection.reset(frame.stream, REFUSED_STREAM);
      } else if (endsRequest(frame)) {
        bodies.push(connection.bodies.get(frame.stream) ?? "");
        connection.respond(frame.stream);
      }
    });
    const body = new Readable({ read() {} });
    const handler = new RecordingHandler();
    client.send({ ...GET, method: "POST", body }, LIMITS, handler);
    const pieces = ["a", "b", "c"];
    for (const piece of pieces.slice(0, after)) body.push(piece);
    await expect.poll(() => bodies).toEqual(["refused"]);
    for (const piece of pieces.slice(after)) body.push(piece);
    body.push(null);
    await handler.over;
    expect([outcomes([handler]), bodies]).toEqual([[OK], ["refused", "abc"]]);
  });

  it("is not sent again when more of the body was sent than is kept: it fails as not processed", async () => {
    const [client, server] = await start(
      Buffer.concat([settings(), Buffer.of(0, 4), uint32(ANY_STREAM)]),
      (connection, { stream }) => {
        if ((connection.bodies.get(stream)?.length ?? 0) > 1_100 * KIBIBYTE) connection.reset(stream, REFUSED_STREAM);
      },
    );
    const handler = new RecordingHandler();
    const body = Readable.from(Array.from({ length: 100 }, () => Buffer.alloc(16 * KIBIBYTE)));
    client.send({ ...GET, method: "POST", body }, LIMITS, handler);
    const raise = setInterval(() => server.connections[0]?.send("WINDOW_UPDATE", 0, 0, uint32(KIBIBYTE * KIBIBYTE)), 5);
    await handler.over;
    clearInterval(raise);
    expect(handler.failure).toMatchObject({ kind: "reset", notProcessed: true });
    expect([body.destroyed, handler.events.filter((event) => event === "start").length]).toEqual([true, 1]);
  });

  it("is not sent again after an interim response: the upstream has begun to process it", async () => {
    let heads = 0;
    const [client] = await start(settings(), (connection, { type, stream }) => {
      if (type !== "HEADERS") return;
      heads += 1;
      connection.sendHeaders(stream, [":status", "103", "link", "</a>"]);
      connection.reset(stream, REFUSED_STREAM);
    });
    const handler = await run(client, LIMITS, post("x"));
    expect([heads, handler.failure?.kind, handler.failure?.notProcessed]).toEqual([1, "reset", undefined]);
  });

  it("is sent on another connection when no other stream could be in its way", async () => {
    const [client, server] = await start(settings(), (connection, frame) => {
      if (!endsRequest(frame)) return;
      if (connection === server.connections[0]) connection.reset(frame.stream, REFUSED_STREAM);
      else connection.respond(frame.stream);
    });
    expect(outcomes([await run(client, LIMITS, post("x"))])).toEqual([OK]);
    expect(server.connections.length).toBe(2);
  });

  it("on every connection fails, and so do the requests that wait", async () => {
    let refused = 0;
    const [client] = await start(settings(), (connection, { type, stream }) => {
      if (type !== "HEADERS") return;
      refused += 1;
      connection.reset(stream, REFUSED_STREAM);
    });
    const all = await runAll(client, [post("a"), post("b"), post("c")]);
    expect(all.map(({ failure }) => [failure?.kind, failure?.notProcessed])).toEqual(all.map(() => ["reset", true]));
    expect(refused).toBeLessThanOrEqual(30);
  });

  it("does not wait for its next attempt after it was aborted", async () => {
    let heads = 0;
    const [client] = await start(settings(), (connection, { type, stream }) => {
      if (type !== "HEADERS") return;
      heads += 1;
      connection.reset(stream, REFUSED_STREAM);
    });
    const handler = new RecordingHandler();
    const body = new Readable({ read() {} });
    const leg = client.send({ ...GET, method: "POST", body }, LIMITS, handler);
    await expect.poll(() => heads).toBeGreaterThan(2);
    leg.abort();
    const seen = heads;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect([heads - seen <= 1, body.destroyed, handler.events.every((event) => event === "start")]).toEqual([
      true,
      true,
      true,
    ]);
  });
});

describe("GOAWAY", () => {
  it("after every tenth stream: none of 200 requests with a body fails", async () => {
    let served = 0;
    const [client, server] = await start(settings(20), (connection, frame) => {
      if (!endsRequest(frame)) return;
      const count = (frame.stream + 1) / 2;
      if (count > 10) return;
      served += 1;
      if (count === 10) connection.goAway(frame.stream);
      setTimeout(() => {
        connection.respond(frame.stream);
        if (count === 10) setTimeout(() => connection.socket.end(), 10);
      }, 2);
    });
    const all = await runAll(
      client,
      Array.from({ length: 200 }, () => post("x")),
    );
    expect(outcomes(all)).toEqual(all.map(() => OK));
    expect([served, server.connections.length >= 20]).toEqual([200, true]);
  });

  it("in two steps, as a graceful shutdown sends it: streams up to the last one end, later ones are sent again", async () => {
    const [client, server] = await start(settings(), (connection, frame) => {
      if (!endsRequest(frame)) return;
      if (connection !== server.connections[0]) return connection.respond(frame.stream);
      if (frame.stream !== 5) return;
      connection.goAway(ANY_STREAM);
      setTimeout(() => {
        connection.goAway(3);
        for (const stream of [1, 3]) connection.respond(stream, "old");
        connection.socket.end();
      }, 10);
    });
    const all = await runAll(client, [post("a"), post("b"), post("c")]);
    expect(outcomes(all)).toEqual([["old", ["end", []]], ["old", ["end", []]], OK]);
  });

  it("of an upstream that then refuses connections: a further request fails as refused, and those in flight end", async () => {
    const [client, server] = await start(settings(), (connection, frame) => {
      if (endsRequest(frame)) connection.goAway(frame.stream);
    });
    const inFlight = new RecordingHandler();
    client.send(post("x"), LIMITS, inFlight);
    await expect.poll(() => server.connections[0]?.open.size).toBe(1);
    server.refuseConnections();
    // The GOAWAY has arrived when this frame is acknowledged.
    server.connections[0]?.send("PING", 0, 0, Buffer.alloc(8));
    await expect.poll(() => server.connections[0]?.pongs).toBe(1);
    expect((await run(client)).failure).toMatchObject({ kind: "refused" });
    server.connections[0]?.respond(1);
    await inFlight.over;
    expect(outcomes([inFlight])).toEqual([OK]);
  });

  it("of an upstream that then ignores the trailers of an accepted request: the wait for a response has its limit", async () => {
    const [client] = await start(settings(), (connection, { type, stream }) => {
      if (type === "HEADERS") connection.goAway(stream);
    });
    const request = { ...post("x"), trailers: () => ["x-sum", "abc"] };
    const { failure } = await run(client, { headMs: 60, idleMs: 60, totalMs: 0 }, request);
    expect(failure).toEqual({ kind: "timeout", detail: "no response head for 60 ms" });
  });

  it("with an error: a stream above the last one is sent again, another one fails", async () => {
    const [client, server] = await start(settings(), (connection, frame) => {
      if (!endsRequest(frame)) return;
      if (connection !== server.connections[0]) connection.respond(frame.stream);
      else if (frame.stream === 3) connection.goAway(1, INTERNAL_ERROR);
    });
    const [first, second] = await runAll(client, [post("a"), post("b")]);
    expect([first?.failure?.kind, first?.failure?.notProcessed]).toEqual(["reset", undefined]);
    expect(second?.body).toBe("ok");
  });

  it("that arrives before the head of a request was flushed: the request is sent on another connection", async () => {
    const [client, server] = await start(settings(), (connection, frame) => {
      if (endsRequest(frame)) connection.respond(frame.stream);
    });
    await run(client);
    const handler = new RecordingHandler();
    await new Promise<void>((resolve) => {
      setImmediate(() => {
        server.connections[0]?.goAway(ANY_STREAM);
        // The kernel has delivered it before the request is submitted, and the client reads it before it writes.
        for (const until = performance.now() + 20; performance.now() < until;);
        client.send(post("x"), LIMITS, handler);
        resolve();
      });
    });
    await handler.over;
    expect([outcomes([handler]), server.connections.length]).toEqual([[OK], 2]);
  });
});

/** Responds to the first request of each connection, and closes the connection at the second one. */
const closeAtSecond: OnFrame = (connection, frame) => {
  if (!endsRequest(frame)) return;
  if (frame.stream === 1) connection.respond(frame.stream);
  else connection.socket.end();
};

describe("a connection that closes without a GOAWAY", () => {
  it("just as a request without a body is written to it: the request is sent again, once", async () => {
    const [client, server] = await start(settings(), closeAtSecond);
    await run(client);
    expect([outcomes([await run(client)]), server.connections.length]).toEqual([[OK], 2]);
  });

  it("just as a request with a body is written to it: the request fails, because it may have been processed", async () => {
    const [client] = await start(settings(), closeAtSecond);
    await run(client);
    const { failure } = await run(client, LIMITS, post("x"));
    expect([failure?.kind, failure?.notProcessed]).toEqual(["reset", undefined]);
  });

  it("at the first request of each connection: the request fails", async () => {
    const [client, server] = await start(settings(), (connection, frame) => {
      if (endsRequest(frame)) connection.socket.end();
    });
    expect([(await run(client)).failure?.kind, server.connections.length]).toEqual(["reset", 1]);
  });
});

describe("a connection without a free stream id", () => {
  it("is replaced, and no request fails", async () => {
    // The method is missing from the types of a client session.
    const sessions: { setNextStreamID?: (id: number) => void }[] = [];
    const { connect } = http2;
    http2.connect = ((...args: Parameters<typeof connect>) => {
      const session = connect(...args);
      sessions.push(session as (typeof sessions)[number]);
      return session;
    }) as typeof connect;
    syncBuiltinESMExports();
    stops.push(() => {
      http2.connect = connect;
      syncBuiltinESMExports();
    });
    const [client, server] = await start(settings(), respondLater);
    await run(client);
    sessions[0]?.setNextStreamID?.(ANY_STREAM);
    const all = await runAll(
      client,
      Array.from({ length: 4 }, () => post("x")),
    );
    expect([outcomes(all), server.connections.length]).toEqual([[OK, OK, OK, OK], 2]);
  });
});
