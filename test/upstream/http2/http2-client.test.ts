import { once } from "node:events";
import { constants, createServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { Readable } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { Http2Client } from "../../../src/upstream/http2/http2-client.ts";
import { RawUpstream } from "../../proxy/proxy-harness.ts";
import { GET, LIMITS, run, RecordingHandler } from "../recording-handler.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

type Respond = (stream: ServerHttp2Stream, raw: string[]) => void;

async function upstream(respond: Respond, settings = {}): Promise<[Http2Client, Http2Server]> {
  const server = createServer({ settings });
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => sessions.add(session).add(session));
  server.on("stream", (stream: ServerHttp2Stream, _headers, _flags, raw: string[]) => {
    stream.on("error", () => {});
    respond(stream, raw);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = new Http2Client(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 500, {});
  stops.push(
    async () => client.destroy(),
    () => {
      for (const session of sessions) session.destroy();
      server.close();
    },
  );
  return [client, server];
}

const ok: Respond = (stream) => {
  stream.respond({ ":status": 200 });
  stream.end("ok");
};

const LARGE_INTERIM = { ":status": 103, link: "a".repeat(32 * 1024) };
/** Sends more than 1 MiB. */
function sendInterims(stream: ServerHttp2Stream): void {
  for (let count = 0; count < 40; count += 1) stream.additionalHeaders(LARGE_INTERIM);
}
const isInterim = (event: unknown): boolean => Array.isArray(event) && event[0] === "interim";

describe("an HTTP/2 leg", () => {
  it("passes interim responses up to 1 MiB and ignores more of them", async () => {
    const [client] = await upstream((stream, raw) => {
      sendInterims(stream);
      ok(stream, raw);
    });
    const handler = await run(client, LIMITS);
    expect([handler.events.filter(isInterim).length, handler.events.at(-1)]).toEqual([31, ["end", []]]);
  });

  it("times out if the upstream sends nothing but interim responses: those beyond 1 MiB do not prolong the wait", async () => {
    const [client] = await upstream((stream) => {
      sendInterims(stream);
      // Slowly: Node ends a session that has more than 10 MB to send.
      const timer = setInterval(() => stream.additionalHeaders(LARGE_INTERIM), 20);
      stream.on("close", () => clearInterval(timer));
    });
    const handler = await run(client, { headMs: 300, idleMs: 9_000, totalMs: 0 });
    expect(handler.events.at(-1)).toEqual(["fail", "timeout"]);
  });

  it("sends a head of 100 KiB", async () => {
    let size = 0;
    const [client] = await upstream(
      (stream, received) => {
        size = received.join("").length;
        ok(stream, received);
      },
      { maxHeaderListSize: 1024 * 1024 },
    );
    const headers = [
      "Host",
      "a",
      ...Array.from({ length: 100 }, (_, index) => [`x-${index}`, "~".repeat(1024)]).flat(),
    ];
    const handler = await run(client, LIMITS, { ...GET, headers });
    expect([handler.events.at(-1), size > 100 * 1024]).toEqual([["end", []], true]);
  });

  it("sends Host as :authority, lower-case names, and no connection fields", async () => {
    let raw: string[] = [];
    const [client] = await upstream((stream, received) => {
      raw = received;
      ok(stream, received);
    });
    const headers = [
      "Host",
      "a.test:1",
      "X-b",
      "1",
      "x-B",
      "2",
      "Connection",
      "close",
      "TE",
      "trailers",
      "Upgrade",
      "x",
    ];
    await run(client, LIMITS, { ...GET, target: "/a?b", headers });
    const pseudo = [":method", "GET", ":scheme", "http", ":authority", "a.test:1", ":path", "/a?b"];
    expect(raw).toEqual([...pseudo, "x-b", "1", "x-b", "2", "te", "trailers"]);
  });

  it("passes on head, body and trailers", async () => {
    const [client] = await upstream((stream) => {
      stream.respond([":status", "299", "x-b", "1", "x-b", "2", "date", "d"] as never, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "5" }));
      stream.end("hi");
    });
    const handler = await run(client);
    expect(handler.events).toEqual([
      "start",
      [299, "", ["x-b", "1", "x-b", "2", "date", "d"]],
      ["end", ["grpc-status", "5"]],
    ]);
    expect(handler.body).toBe("hi");
  });

  it("receives a response of 1 MiB to its end, although Node ends none that fills the window exactly", async () => {
    const [client] = await upstream((stream) => {
      let pieces = 0;
      const more = (): void => {
        for (; pieces < 16; pieces += 1) {
          if (!stream.write(Buffer.alloc(64 * 1024))) {
            pieces += 1;
            stream.once("drain", more);
            return;
          }
        }
        stream.end();
      };
      stream.respond({ ":status": 200 });
      more();
    });
    const outcomes: unknown[] = [];
    for (let request = 0; request < 10; request += 1) {
      const { body, events } = await run(client);
      outcomes.push([body.length, events.at(-1)]);
    }
    expect(outcomes).toEqual(outcomes.map(() => [1024 * 1024, ["end", []]]));
  });

  it("passes on head and end together when the head ends the stream", async () => {
    const [client] = await upstream((stream) =>
      stream.respond({ ":status": 200, "grpc-status": "5" }, { endStream: true }),
    );
    const handler = new RecordingHandler();
    let ended = false;
    handler.head = () => queueMicrotask(() => (ended = handler.events.length > 1));
    client.send(GET, LIMITS, handler);
    await handler.over;
    expect([handler.events.at(-1), ended]).toEqual([["end", []], true]);
  });

  it.each(["GET", "POST"])(
    "%s is sent again when the upstream ends its connection before it has looked at it",
    async (method) => {
      let streams = 0;
      const [client] = await upstream((stream, raw) => {
        streams += 1;
        if (streams > 1) return ok(stream, raw);
        stream.session?.goaway(constants.NGHTTP2_NO_ERROR, 0);
        return stream.close(constants.NGHTTP2_REFUSED_STREAM);
      });
      const handler = await run(client, LIMITS, { ...GET, method });
      expect(handler.events.filter((event) => event !== "start")).toEqual([
        [200, "OK", expect.anything()],
        ["end", []],
      ]);
      expect([handler.body, streams]).toEqual(["ok", 2]);
    },
  );

  it("that is refused on each of ten connections fails", async () => {
    let streams = 0;
    const [client] = await upstream((stream) => {
      streams += 1;
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
    });
    const handler = await run(client);
    expect([handler.events.at(-1), streams]).toEqual([["fail", "reset"], 10]);
  });

  it("streams a body", async () => {
    const [client] = await upstream((stream) => {
      stream.respond({ ":status": 200 });
      stream.pipe(stream);
    });
    const body = Readable.from([Buffer.from("hello "), Buffer.from("world")]);
    const handler = await run(client, LIMITS, { ...GET, method: "POST", body });
    expect(handler.body).toBe("hello world");
    const buffered = await run(client, LIMITS, { ...GET, method: "POST", body: Buffer.from("all") });
    expect(buffered.body).toBe("all");
  });

  it("keeps the last bytes of a body of known length until the body ends, unless trailers can follow", async () => {
    const got: Record<string, string> = {};
    const [client] = await upstream((stream, raw) => {
      const path = raw[raw.indexOf(":path") + 1] ?? "";
      got[path] = "";
      stream.on("data", (chunk: Buffer) => (got[path] += String(chunk))).once("end", () => ok(stream, raw));
    });
    const request = { ...GET, method: "POST", headers: ["Host", "h", "content-length", "5"] };
    const [kept, open] = [new Readable({ read() {} }), new Readable({ read() {} })];
    for (const body of [kept, open]) body.push(Buffer.from("hel"));
    const first = run(client, LIMITS, { ...request, target: "/kept", body: kept });
    const second = run(client, LIMITS, { ...request, target: "/open", body: open, trailers: () => [] });
    await expect.poll(() => got).toEqual({ "/kept": "hel", "/open": "hel" });
    for (const body of [kept, open]) body.push(Buffer.from("lo"));
    await expect.poll(() => got["/open"]).toBe("hello");
    // What was written before this request has arrived with it.
    await run(client);
    expect(got["/kept"]).toBe("hel");
    for (const body of [kept, open]) body.push(null);
    expect([(await first).body, (await second).body, got["/kept"]]).toEqual(["ok", "ok", "hello"]);
  });

  it("sends the trailers that are known after a streamed body, or ends without trailers", async () => {
    const got: unknown[] = [];
    const [client] = await upstream((stream, raw) => {
      stream.on("trailers", (_headers, flags, trailers: string[]) => got.push([flags & 1, trailers]));
      stream.resume().once("end", () => ok(stream, raw));
    });
    let bodyEnded = false;
    const body = (): Readable => Readable.from([Buffer.from("hello")]).once("end", () => (bodyEnded = true));
    const trailers = (): string[] => (bodyEnded ? ["X-Sum", "1", "x-b", "2", "x-sum", "3"] : []);
    await run(client, LIMITS, { ...GET, method: "POST", body: body(), trailers });
    expect(got).toEqual([[1, ["x-sum", "1", "x-sum", "3", "x-b", "2"]]]);
    const none = await run(client, LIMITS, { ...GET, method: "POST", body: body(), trailers: () => [] });
    const bodiless = await run(client, LIMITS, { ...GET, trailers });
    expect([none.body, bodiless.body, got.length]).toEqual(["ok", "ok", 1]);
  });

  it("with unsendable trailers fails and is reset", async () => {
    let reset: number | undefined;
    const [client] = await upstream((stream) => stream.resume().on("close", () => (reset = stream.rstCode)));
    const body = Readable.from([Buffer.from("hello")]);
    const handler = await run(client, LIMITS, { ...GET, method: "POST", body, trailers: () => ["x a", "1"] });
    expect(handler.events.at(-1)).toEqual(["fail", "internal"]);
    await expect.poll(() => reset).toBe(constants.NGHTTP2_CANCEL);
  });

  it("shares a connection with others, and reports the connect time", async () => {
    let sessions = 0;
    const [client, server] = await upstream((stream, raw) => setTimeout(() => ok(stream, raw), 20));
    server.on("session", () => (sessions += 1));
    const first = await Promise.all(Array.from({ length: 20 }, async () => run(client)));
    const second = await run(client);
    expect(first.map(({ body }) => body)).toEqual(Array.from({ length: 20 }, () => "ok"));
    expect(first.every(({ connectMs }) => typeof connectMs === "number" && connectMs > 0)).toBe(true);
    expect([second.connectMs, sessions]).toEqual([null, 1]);
  });

  it("gets another connection when the upstream allows no more streams", async () => {
    let sessions = 0;
    const [client, server] = await upstream((stream, raw) => setTimeout(() => ok(stream, raw), 50), {
      maxConcurrentStreams: 2,
    });
    server.on("session", () => (sessions += 1));
    await run(client);
    const all = await Promise.all(Array.from({ length: 4 }, async () => run(client)));
    expect([all.every(({ body }) => body === "ok"), sessions]).toEqual([true, 2]);
  });

  it("that is paused receives no more, and is not idle", async () => {
    const [client] = await upstream((stream) => {
      stream.respond({ ":status": 200 });
      stream.write("x");
      setTimeout(() => stream.end("y"), 50);
    });
    const handler = new RecordingHandler();
    const leg = client.send(GET, { headMs: 9_000, idleMs: 100, totalMs: 0 }, handler);
    handler.data = (chunk) => {
      handler.body += chunk.toString();
      leg.pause();
      setTimeout(() => leg.resume(), 300);
    };
    await handler.over;
    expect([handler.body, handler.events.at(-1)]).toEqual(["xy", ["end", []]]);
  });

  it("that is aborted resets its stream and calls its handler no more", async () => {
    let reset: number | undefined;
    const [client] = await upstream((stream) => stream.on("close", () => (reset = stream.rstCode)));
    const handler = new RecordingHandler();
    const leg = client.send(GET, LIMITS, handler);
    await expect.poll(() => handler.events).toEqual(["start"]);
    leg.abort();
    leg.abort();
    await expect.poll(() => reset).toBe(constants.NGHTTP2_CANCEL);
    expect(handler.events).toEqual(["start"]);
  });

  it("that is aborted within its body does not end it: the upstream would take the part for the whole", async () => {
    const events: unknown[] = [];
    const [client] = await upstream((stream) => {
      stream.on("data", (chunk: Buffer) => events.push(chunk.toString()));
      stream.on("end", () => events.push(["end", stream.aborted]));
      stream.on("close", () => events.push(["close", stream.rstCode]));
    });
    const body = new Readable({ read() {} });
    body.push("a part");
    const leg = client.send({ ...GET, method: "POST", body }, LIMITS, new RecordingHandler());
    await expect.poll(() => events).toEqual(["a part"]);
    leg.abort();
    await expect.poll(() => events.at(-1)).toEqual(["close", constants.NGHTTP2_CANCEL]);
    expect(events).not.toContainEqual(["end", false]);
  });

  it("that is aborted before its connection is open is never sent", async () => {
    const [client] = await upstream(ok);
    const handler = new RecordingHandler();
    client.send(GET, LIMITS, handler).abort();
    expect((await run(client)).body).toBe("ok");
    expect(handler.events).toEqual([]);
  });

  it("that asks for an upgrade fails, because HTTP/2 has none", async () => {
    const [client] = await upstream(ok);
    expect((await run(client, LIMITS, { ...GET, upgrade: "websocket" })).events).toEqual([["fail", "protocol"]]);
  });
});

describe("an HTTP/2 leg fails", () => {
  it.each([
    ["no head in time", () => {}, { headMs: 60, idleMs: 9_000, totalMs: 0 }],
    [
      "no body in time",
      (stream: ServerHttp2Stream) => {
        stream.respond({ ":status": 200 });
        stream.write("x");
      },
      { headMs: 9_000, idleMs: 60, totalMs: 0 },
    ],
    ["not complete in time", () => {}, { headMs: 9_000, idleMs: 9_000, totalMs: 60 }],
  ])("timeout: %s", async (_name, respond, limits) => {
    const [client] = await upstream(respond);
    expect((await run(client, limits)).events.at(-1)).toEqual(["fail", "timeout"]);
  });

  it.each([
    ["a reset before the head", (stream: ServerHttp2Stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR)],
    ["a cancellation before the head", (stream: ServerHttp2Stream) => stream.close(constants.NGHTTP2_CANCEL)],
    ["the end of the connection", (stream: ServerHttp2Stream) => stream.session?.destroy()],
    [
      "a reset inside the body",
      (stream: ServerHttp2Stream) => {
        // Without pending trailers Node would end the stream first.
        stream.respond({ ":status": 200 }, { waitForTrailers: true });
        stream.write("x", () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
      },
    ],
    [
      "a connection that breaks inside the body",
      (stream: ServerHttp2Stream) => {
        stream.respond({ ":status": 200 });
        stream.write("x", () => stream.session?.socket.destroy());
      },
    ],
  ])("reset: %s", async (_name, respond) => {
    const [client] = await upstream(respond);
    expect((await run(client)).events.at(-1)).toEqual(["fail", "reset"]);
  });

  it("refused, and works again once a server listens", async () => {
    const gone = createTcpServer().listen(0, "127.0.0.1");
    await once(gone, "listening");
    const { port } = gone.address() as AddressInfo;
    gone.close();
    await once(gone, "close");
    const client = new Http2Client(`http://127.0.0.1:${port}`, 500, {});
    stops.push(async () => client.destroy());
    expect((await run(client)).events).toEqual([["fail", "refused"]]);
    const server = createServer().on("stream", (stream: ServerHttp2Stream) => ok(stream, []));
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    stops.push(() => server.close());
    expect((await run(client)).body).toBe("ok");
  });

  it("protocol: the upstream speaks HTTP/1.1 only", async () => {
    const raw = await RawUpstream.start((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const client = new Http2Client(raw.url, 500, {});
    stops.push(
      async () => client.destroy(),
      async () => raw.stop(),
    );
    expect((await run(client)).events.at(-1)).toEqual(["fail", "protocol"]);
  });
});
