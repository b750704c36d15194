import { once } from "node:events";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { Http1Client } from "../../../src/upstream/http1/http1-client.ts";
import type { Leg, LegTimeouts, LegRequest } from "../../../src/upstream/leg.ts";
import { rawResponse, RawUpstream } from "../../proxy/proxy-harness.ts";
import { GET, LIMITS, run, RecordingHandler } from "../recording-handler.ts";
import { turns } from "./quarantine.ts";

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function upstream(
  respond: Parameters<typeof RawUpstream.start>[0],
  connectTimeoutMs = 500,
): Promise<[RawUpstream, Http1Client]> {
  const raw = await RawUpstream.start(respond);
  const client = new Http1Client(raw.url, connectTimeoutMs);
  stops.push(
    async () => client.destroy(),
    async () => raw.stop(),
  );
  return [raw, client];
}

/** Blocks the event loop: sockets are not read while time passes. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe("a leg", () => {
  it("passes on head, body and trailers as they were on the wire", async () => {
    const [, client] = await upstream((socket) =>
      socket.write(
        "HTTP/1.1 200 Fine\r\nX-a: 1\r\nx-A: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nT: 1\r\n\r\n",
      ),
    );
    const handler = await run(client);
    expect(handler.events).toEqual([
      "start",
      [200, "Fine", ["X-a", "1", "x-A", "2", "Transfer-Encoding", "chunked"]],
      ["end", ["T", "1"]],
    ]);
    expect(handler.body).toBe("hi");
  });

  it("reports the connect time, and null on an open connection", async () => {
    const [raw, client] = await upstream((socket) => socket.write(rawResponse("x")));
    const [first, second] = [await run(client), await run(client)];
    expect(first.connectMs).toBeGreaterThan(0);
    expect([second.connectMs, raw.sockets.length]).toEqual([null, 1]);
  });

  it("that is aborted before the turn ends is not sent", async () => {
    const [raw, client] = await upstream((socket) => setTimeout(() => socket.write(rawResponse("x")), 20));
    await Promise.all([run(client), run(client)]);
    await turns();
    const before = raw.received.length;
    const handlers = [new RecordingHandler(), new RecordingHandler()] as const;
    const [, second] = handlers.map((handler) => client.send({ ...GET, target: "/again" }, LIMITS, handler));
    second?.abort();
    await handlers[0].over;
    expect([raw.received.slice(before).match(/GET \/again /g), handlers[1].events]).toEqual([["GET /again "], []]);
  });

  it.each<[string, string, LegTimeouts]>([
    ["no head in time", "", { headMs: 60, idleMs: 9_000, totalMs: 0 }],
    ["only an interim head in time", "HTTP/1.1 103 E\r\n\r\n", { headMs: 60, idleMs: 9_000, totalMs: 0 }],
    ["no body in time", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", { headMs: 9_000, idleMs: 60, totalMs: 0 }],
    [
      "not complete in time",
      "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx",
      { headMs: 9_000, idleMs: 9_000, totalMs: 60 },
    ],
  ])("fails: %s", async (_name, response, limits) => {
    const [raw, client] = await upstream((socket) => socket.write(response));
    const handler = await run(client, limits);
    expect(handler.events.at(-1)).toEqual(["fail", "timeout"]);
    await expect.poll(() => raw.sockets[0]?.destroyed).toBe(true);
  });

  it("fails when its deadline passes", async () => {
    const [, client] = await upstream(() => {});
    const handler = new RecordingHandler();
    client.send(GET, LIMITS, handler).setDeadline(60);
    await handler.over;
    expect([handler.events.at(-1), handler.detail]).toEqual([
      ["fail", "timeout"],
      "not complete 60 ms after the primary",
    ]);
  });

  it("that is paused is not idle", async () => {
    const [, client] = await upstream((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nx");
      setTimeout(() => socket.write("y"), 50);
    });
    const handler = new RecordingHandler();
    const leg: Leg = client.send(GET, { headMs: 9_000, idleMs: 100, totalMs: 0 }, handler);
    handler.data = (chunk) => {
      handler.body += chunk.toString();
      leg.pause();
      setTimeout(() => leg.resume(), 300);
    };
    await handler.over;
    expect([handler.body, handler.events.at(-1)]).toEqual(["xy", ["end", []]]);
  });

  it("that is paused before it is connected is paused afterwards", async () => {
    const [raw, client] = await upstream((socket) => socket.write(rawResponse("x")));
    const handler = new RecordingHandler();
    const leg = client.send(GET, LIMITS, handler);
    leg.pause();
    await expect.poll(() => raw.received).not.toBe("");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(handler.events).toEqual(["start"]);
    leg.resume();
    await handler.over;
    expect(handler.body).toBe("x");
  });

  it("that is paused slows the upstream down, and finally receives every byte", async () => {
    const SIZE = 24 * 1024 * 1024;
    const chunk = Buffer.alloc(64 * 1024, "x");
    let sent = 0;
    const [, client] = await upstream((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n\r\n`);
      const more = (): void => {
        while (sent < SIZE) {
          sent += chunk.length;
          if (!socket.write(chunk)) return void socket.once("drain", more);
        }
      };
      more();
    });
    const handler = new RecordingHandler();
    let got = 0;
    handler.data = (piece) => {
      if (got === 0) leg.pause();
      got += piece.length;
    };
    const leg = client.send(GET, LIMITS, handler);
    let before = -1;
    const isStalled = (): boolean => {
      const still = sent === before && sent > 0;
      before = sent;
      return still;
    };
    await expect.poll(isStalled, { interval: 150 }).toBe(true);
    expect(sent).toBeLessThan(16 * 1024 * 1024);
    leg.resume();
    await handler.over;
    expect([got, handler.events.at(-1)]).toEqual([SIZE, ["end", []]]);
  });

  it("keeps its bytes during the next read", async () => {
    const [, client] = await upstream((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
      setTimeout(() => socket.write("def"), 30);
    });
    const handler = new RecordingHandler();
    const pieces: Buffer[] = [];
    handler.data = (piece) => void pieces.push(piece);
    client.send(GET, LIMITS, handler);
    await handler.over;
    expect(pieces.map(String)).toEqual(["abc", "def"]);
  });

  it("runs concurrently with others, each on its own connection", async () => {
    const [raw, client] = await upstream((socket) => setTimeout(() => socket.write(rawResponse("x")), 50));
    const all = await Promise.all(Array.from({ length: 30 }, async () => run(client)));
    expect(all.every(({ body }) => body === "x")).toBe(true);
    expect(raw.sockets).toHaveLength(30);
    await turns();
    await Promise.all(Array.from({ length: 30 }, async () => run(client)));
    expect(raw.sockets).toHaveLength(30);
  });

  it("uses the connection that was used last", async () => {
    const [raw, client] = await upstream((socket, text) => {
      setTimeout(() => socket.write(rawResponse(String(raw.sockets.indexOf(socket)))), text.includes("/slow") ? 60 : 0);
    });
    await Promise.all([run(client), run(client), run(client, LIMITS, { ...GET, target: "/slow" })]);
    const bodies = [];
    for (let round = 0; round < 4; round += 1) {
      await turns();
      bodies.push((await run(client)).body);
    }
    expect(bodies).toEqual(["2", "2", "2", "2"]);
  });
});

describe("a leg that is aborted", () => {
  it("calls its handler no more, and closes its connection", async () => {
    const [raw, client] = await upstream(() => {});
    const handler = new RecordingHandler();
    const leg = client.send(GET, LIMITS, handler);
    await expect.poll(() => raw.received).not.toBe("");
    leg.abort();
    leg.abort();
    await once(raw.sockets[0] ?? process, "close");
    expect(handler.events).toEqual(["start"]);
  });

  it("before it has a connection does not affect others", async () => {
    const [, client] = await upstream((socket) => socket.write(rawResponse("x")));
    const handlers = Array.from({ length: 50 }, () => new RecordingHandler());
    for (const handler of handlers) client.send(GET, LIMITS, handler).abort();
    expect((await run(client)).events.at(-1)).toEqual(["end", []]);
    expect(handlers.every(({ events }) => events.length === 0)).toBe(true);
  });

  it.each(["start", "head", "data"] as const)("during its %s calls its handler no more", async (moment) => {
    const [raw, client] = await upstream((socket) => socket.write(rawResponse("x") + rawResponse("y")));
    const handler = new RecordingHandler();
    const calls: string[] = [];
    for (const what of ["start", "head", "data", "end", "fail"] as const) {
      handler[what] = () => {
        calls.push(what);
        if (what === moment) leg.abort();
      };
    }
    const leg = client.send(GET, LIMITS, handler);
    await expect.poll(() => raw.sockets[0]?.destroyed).toBe(true);
    expect(calls).toEqual(["start", "head", "data"].slice(0, calls.length));
    expect(calls.at(-1)).toBe(moment);
    expect((await run(client)).body).toBe("x");
  });

  it("while it waits for a quarantined connection: the next request succeeds", async () => {
    const [, client] = await upstream((socket) => socket.write(rawResponse("x")));
    const first = new RecordingHandler();
    const second = new RecordingHandler();
    first.end = () => client.send(GET, LIMITS, second).abort();
    client.send(GET, LIMITS, first);
    await expect.poll(() => first.body).toBe("x");
    expect((await run(client)).body).toBe("x");
    expect(second.events).toEqual([]);
  });
});

describe("bytes that are not a response to the request", () => {
  it("a second response in the same packet is not used for the next request", async () => {
    const [raw, client] = await upstream((socket, text) =>
      socket.write(text.includes("/first") ? rawResponse("1") + rawResponse("smuggled") : rawResponse("2")),
    );
    expect((await run(client, LIMITS, { ...GET, target: "/first" })).body).toBe("1");
    expect((await run(client)).body).toBe("2");
    expect(raw.sockets).toHaveLength(2);
  });

  it("a second response that comes later closes the connection", async () => {
    const [raw, client] = await upstream((socket) => socket.write(rawResponse(String(raw.sockets.length))));
    expect((await run(client)).body).toBe("1");
    await turns();
    raw.sockets[0]?.write(rawResponse("smuggled"));
    await once(raw.sockets[0] ?? process, "close");
    expect((await run(client)).body).toBe("2");
  });

  it("a second response that arrives before the next request is written is not used for it", async () => {
    let flush: (() => void) | undefined;
    const [raw, client] = await upstream((socket) => {
      socket.write(rawResponse(String(raw.sockets.length)));
      if (raw.sockets.length === 1) flush = () => socket.write(rawResponse("smuggled"));
    });
    const second = new RecordingHandler();
    const first = new RecordingHandler();
    first.end = () => {
      // It is in the kernel before the next request, and is read in the turn that the client waits for.
      flush?.();
      client.send({ ...GET, method: "POST" }, LIMITS, second);
    };
    client.send(GET, LIMITS, first);
    await second.over;
    expect([second.body, second.events.at(-1)]).toEqual(["2", ["end", []]]);
    expect(raw.received.match(/POST/g)).toHaveLength(1);
  });

  it("a body after a response to HEAD is not used for the next request", async () => {
    const [raw, client] = await upstream((socket, text) => {
      if (text.startsWith("HEAD /rude")) socket.write(rawResponse("smuggled"));
      else if (text.startsWith("HEAD")) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
      else socket.write(rawResponse("own"));
    });
    const ask = async (method: string, target: string): Promise<string> =>
      (await run(client, LIMITS, { ...GET, method, target })).body;
    expect([await ask("HEAD", "/"), await ask("GET", "/"), raw.sockets.length]).toEqual(["", "own", 1]);
    expect([await ask("HEAD", "/rude"), await ask("GET", "/"), raw.sockets.length]).toEqual(["", "own", 2]);
  });

  it("a 101 without a request for it fails", async () => {
    const [raw, client] = await upstream((socket) => socket.write("HTTP/1.1 101 S\r\nUpgrade: x\r\n\r\n"));
    const handler = await run(client);
    expect([handler.events.at(-1), handler.detail]).toEqual([
      ["fail", "protocol"],
      "the upstream switched protocols without being asked to",
    ]);
    await expect.poll(() => raw.sockets[0]?.destroyed).toBe(true);
  });

  it("garbage after a valid head cuts the response", async () => {
    const [raw, client] = await upstream((socket) =>
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nzz\r\n"),
    );
    const handler = await run(client);
    expect([handler.body, handler.events.at(-1)]).toEqual(["hi", ["fail", "protocol"]]);
    await expect.poll(() => raw.sockets[0]?.destroyed).toBe(true);
  });
});

describe("the end of a connection", () => {
  it.each([
    ["before a response", ""],
    ["within a head", "HTTP/1.1 200 OK\r\nX: 1\r\n"],
    ["after an interim response", "HTTP/1.1 100 Continue\r\n\r\n"],
    ["within a body of known length", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"],
    ["within a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello"],
    ["before the last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"],
  ])("%s is a reset", async (_name, response) => {
    const [, client] = await upstream((socket) => socket.end(response));
    expect((await run(client)).events.at(-1)).toEqual(["fail", "reset"]);
  });

  it("ends a body without a length", async () => {
    const [, client] = await upstream((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\nhello"));
    const handler = await run(client);
    expect([handler.body, handler.events.at(-1)]).toEqual(["hello", ["end", []]]);
  });

  it("by a reset cuts a body without a length", async () => {
    const [, client] = await upstream((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\nhello", () => setTimeout(() => socket.resetAndDestroy(), 50));
    });
    const handler = await run(client);
    expect([handler.body, handler.events.at(-1)]).toEqual(["hello", ["fail", "reset"]]);
  });

  it.each([
    ["Connection: close", rawResponse("x", "Connection: close\r\n")],
    ["HTTP/1.0", rawResponse("x").replace("HTTP/1.1", "HTTP/1.0")],
    ["a connection that the upstream keeps for two seconds", rawResponse("x", "Keep-Alive: timeout=2\r\n")],
  ])("is initiated by us after %s", async (_name, response) => {
    const [raw, client] = await upstream((socket) => socket.write(response));
    expect((await run(client)).body).toBe("x");
    await once(raw.sockets[0] ?? process, "close");
    expect((await run(client)).body).toBe("x");
    expect(raw.sockets).toHaveLength(2);
  });

  it("is initiated by us some seconds before the announced timeout of the upstream", async () => {
    const [raw, client] = await upstream((socket) =>
      socket.write(rawResponse("x", "Keep-Alive: timeout=3, max=9\r\n")),
    );
    await run(client);
    await turns();
    expect((await run(client)).connectMs).toBe(null);
    await once(raw.sockets[0] ?? process, "close");
  });
});

/** Starts an upstream that responds to the first request of each connection and treats the others differently. */
async function closing(atReuse: (socket: Socket) => void): Promise<[RawUpstream, Http1Client, () => number]> {
  const used = new WeakSet<Socket>();
  let requests = 0;
  const [raw, client] = await upstream((socket) => {
    requests += 1;
    if (used.has(socket)) return atReuse(socket);
    used.add(socket);
    return void socket.write(rawResponse("fresh"));
  });
  return [raw, client, () => requests];
}

describe("a connection that the upstream closes when it is reused", () => {
  it.each<[string, (socket: Socket) => void]>([
    ["closed", (socket) => socket.end()],
    ["reset", (socket) => socket.resetAndDestroy()],
  ])("%s: a request with a safe method is retried on a new connection", async (_name, close) => {
    const [, client, requests] = await closing(close);
    await run(client);
    const handler = await run(client);
    expect(handler.events.map((event) => (Array.isArray(event) ? event[0] : event))).toEqual([
      "start",
      "start",
      200,
      "end",
    ]);
    expect(handler.connectMs).toBeGreaterThan(0);
    expect([handler.body, requests()]).toEqual(["fresh", 3]);
  });

  it.each<[string, LegRequest]>([
    ["another method", { ...GET, method: "DELETE" }],
    ["a streamed body", { ...GET, headers: ["Content-Length", "2"], body: Readable.from([Buffer.from("hi")]) }],
    ["a buffered body", { ...GET, body: Buffer.from("hi") }],
  ])("a request with %s is not retried and fails", async (_name, request) => {
    const [, client, requests] = await closing((socket) => socket.resetAndDestroy());
    await run(client);
    expect((await run(client, LIMITS, request)).events).toEqual(["start", ["fail", "reset"]]);
    expect(requests()).toBe(2);
  });

  it("a request whose response has begun is not retried", async () => {
    const [, client, requests] = await closing((socket) => socket.end("HTTP/1.1 20"));
    await run(client);
    expect((await run(client)).events).toEqual(["start", ["fail", "reset"]]);
    expect(requests()).toBe(2);
  });

  it("the deadline counts from the first attempt", async () => {
    const [, client, requests] = await closing((socket) => setTimeout(() => socket.destroy(), 150));
    await run(client);
    expect((await run(client, { ...LIMITS, totalMs: 60 })).events).toEqual(["start", ["fail", "timeout"]]);
    expect(requests()).toBe(2);
  });

  it("leads to one retry only; a failure on a new connection is never retried", async () => {
    let requests = 0;
    const [, client] = await upstream((socket) => {
      requests += 1;
      if (requests > 1) socket.destroy();
      else socket.write(rawResponse("x"));
    });
    await run(client);
    expect((await run(client)).events).toEqual(["start", "start", ["fail", "reset"]]);
    expect(requests).toBe(3);
    expect((await run(client)).events).toEqual(["start", ["fail", "reset"]]);
    expect(requests).toBe(4);
  });
});

describe("an upgrade", () => {
  const UPGRADE: LegRequest = { ...GET, upgrade: "x/1" };
  const SWITCH = "HTTP/1.1 101 Sw\xefitch\r\nConnection: upgrade\r\nUpgrade: x/1\r\n\r\n";

  it("hands over the socket with the bytes that came after the 101", async () => {
    const [raw, client] = await upstream((socket, text) => {
      if (text.startsWith("GET")) socket.write(Buffer.from(`${SWITCH}early`, "latin1"));
      else socket.write(text.toUpperCase());
    });
    const handler = await run(client, LIMITS, UPGRADE);
    expect(handler.events.at(-1)).toEqual(["switched", "Sw\xefitch", ["Connection", "upgrade", "Upgrade", "x/1"]]);
    const { socket } = handler;
    let got = "";
    socket?.on("data", (chunk: Buffer) => (got += chunk.toString()));
    socket?.write("late");
    await expect.poll(() => got).toBe("earlyLATE");
    // The socket belongs to the handler only.
    await client.destroy();
    expect([socket?.destroyed, raw.sockets[0]?.destroyed]).toEqual([false, false]);
    socket?.destroy();
  });

  it("that is refused is an ordinary response, however slowly it is read", async () => {
    const [raw, client] = await upstream((socket) => {
      socket.write("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nn");
      setTimeout(() => socket.write("o"), 30);
    });
    const handler = new RecordingHandler();
    const leg = client.send(UPGRADE, LIMITS, handler);
    leg.pause();
    setTimeout(() => leg.resume(), 100);
    await handler.over;
    expect([handler.body, handler.events.at(-1)]).toEqual(["no", ["end", []]]);
    await once(raw.sockets[0] ?? process, "close");
  });

  it("is not requested when the handler cannot switch protocols", async () => {
    const [, client] = await upstream((socket) => socket.write(SWITCH));
    const recorder = new RecordingHandler();
    const { switched: _, ...handler } = {
      start: () => recorder.start(null),
      quirk: () => {},
      interim: () => {},
      head: () => {},
      data: () => {},
      end: () => {},
      fail: recorder.fail.bind(recorder),
      switched: undefined,
    };
    client.send(UPGRADE, LIMITS, handler);
    await recorder.over;
    expect(recorder.events).toEqual(["start", ["fail", "protocol"]]);
  });
});

describe("a connection that cannot be opened", () => {
  it("because no server listens: refused", async () => {
    const [raw, client] = await upstream(() => {});
    await raw.stop();
    expect((await run(client)).events).toEqual([["fail", "refused"]]);
  });

  it("because the name does not resolve: dns", async () => {
    const client = new Http1Client("http://nowhere.invalid", 5_000);
    stops.push(async () => client.destroy());
    expect((await run(client)).events).toEqual([["fail", "dns"]]);
  });

  it("in time: timeout", async () => {
    const [, client] = await upstream(() => {}, 20);
    const handler = new RecordingHandler();
    client.send(GET, LIMITS, handler);
    // The connection is open, but the sweep runs before the event loop reports it.
    block(120);
    await handler.over;
    expect([handler.events, handler.detail]).toEqual([[["fail", "timeout"]], "not connected after 20 ms"]);
  });

  it("opens to a name with several addresses, as Node selects them", async () => {
    const [raw] = await upstream((socket) => socket.write(rawResponse("x")));
    const client = new Http1Client(`http://localhost:${raw.port}`, 1_000);
    stops.push(async () => client.destroy());
    expect((await run(client)).body).toBe("x");
  });
});

describe("warming up", () => {
  it("opens a connection for the first request; a second call does nothing", async () => {
    const [raw, client] = await upstream((socket) => socket.write(rawResponse("x")));
    client.warmUp();
    client.warmUp();
    await expect.poll(() => raw.sockets.length).toBe(1);
    await turns();
    const handler = await run(client);
    expect([handler.connectMs, handler.body, raw.sockets.length]).toEqual([null, "x", 1]);
  });

  it("ignores failures", async () => {
    const [raw, client] = await upstream(() => {});
    await raw.stop();
    client.warmUp();
    expect((await run(client)).events).toEqual([["fail", "refused"]]);
  });
});

describe("destroying", () => {
  it("closes every connection; requests in flight and later requests fail", async () => {
    const [raw, client] = await upstream((socket, text) => {
      if (!text.includes("/hang")) socket.write(rawResponse("x"));
    });
    const hanging = new RecordingHandler();
    client.send({ ...GET, target: "/hang" }, LIMITS, hanging);
    await expect.poll(() => raw.received).toContain("/hang");
    await run(client);
    await turns();
    await client.destroy();
    expect(hanging.events).toEqual(["start", ["fail", "internal"]]);
    await expect.poll(() => raw.sockets.map(({ destroyed }) => destroyed)).toEqual([true, true]);
    client.warmUp();
    expect((await run(client)).events).toEqual([["fail", "internal"]]);
    expect(raw.sockets).toHaveLength(2);
  });
});

describe("listeners", () => {
  it("do not accumulate on a connection, with and without bodies", async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error): void => void warnings.push(warning);
    process.on("warning", warned);
    const [raw, client] = await upstream((socket, text) => {
      if (text.endsWith("\r\n\r\n")) socket.write(rawResponse("x"));
    });
    for (let round = 0; round < 30; round += 1) {
      expect((await run(client)).body).toBe("x");
      const body = Readable.from([Buffer.from("hello"), Buffer.from("\r\n\r\n")]);
      expect((await run(client, LIMITS, { ...GET, method: "POST", headers: ["Content-Length", "9"], body })).body).toBe(
        "x",
      );
    }
    await nextTurn();
    process.off("warning", warned);
    expect([warnings, raw.sockets.length]).toEqual([[], 1]);
  });
});
