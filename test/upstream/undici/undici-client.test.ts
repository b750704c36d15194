import { once } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import type { Leg } from "../../../src/upstream/leg.ts";
import { toTransportFailure } from "../../../src/upstream/transport-failure.ts";
import { UndiciClient } from "../../../src/upstream/undici/undici-client.ts";
import { rawResponse, RawUpstream } from "../../proxy/proxy-harness.ts";
import { GET, LIMITS, run, RecordingHandler } from "../recording-handler.ts";

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function upstream(respond: Parameters<typeof RawUpstream.start>[0]): Promise<[RawUpstream, UndiciClient]> {
  const raw = await RawUpstream.start(respond);
  const client = new UndiciClient(raw.url, 500);
  stops.push(
    async () => client.destroy(),
    async () => raw.stop(),
  );
  return [raw, client];
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
    const [, client] = await upstream((socket) => socket.write(rawResponse("x")));
    const first = await run(client);
    // undici reuses a connection one turn of the event loop later.
    await nextTurn();
    await nextTurn();
    const second = await run(client);
    expect(first.connectMs).toBeGreaterThan(0);
    expect(second.connectMs).toBeNull();
  });

  it.each([
    ["no head in time", "", { headMs: 60, idleMs: 9_000, totalMs: 0 }],
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

  it("that is aborted calls its handler no more", async () => {
    const [raw, client] = await upstream(() => {});
    const handler = new RecordingHandler();
    const leg = client.send(GET, LIMITS, handler);
    await expect.poll(() => raw.received).not.toBe("");
    leg.abort();
    leg.abort();
    await once(raw.sockets[0] ?? process, "close");
    expect(handler.events).toEqual(["start"]);
  });

  it("that is aborted before it has a connection does not affect the pool", async () => {
    const [, client] = await upstream((socket) => socket.write(rawResponse("x")));
    const witnesses = Array.from({ length: 50 }, () => new RecordingHandler());
    for (const handler of witnesses) client.send(GET, LIMITS, handler).abort();
    expect((await run(client)).events.at(-1)).toEqual(["end", []]);
    expect(witnesses.every(({ events }) => events.length === 0)).toBe(true);
  });

  it("runs concurrently with others, each on its own connection", async () => {
    const [raw, client] = await upstream((socket) => setTimeout(() => socket.write(rawResponse("x")), 50));
    const all = await Promise.all(Array.from({ length: 30 }, async () => run(client)));
    expect(all.every(({ body }) => body === "x")).toBe(true);
    expect(raw.sockets).toHaveLength(30);
  });

  it("after an extra response on an idle connection gets its own response", async () => {
    const [, client] = await upstream((socket, text) => {
      if (text.includes("/first")) socket.write(rawResponse("1") + rawResponse("smuggled"));
      else socket.write(rawResponse("2"));
    });
    await run(client, LIMITS, { ...GET, target: "/first" });
    await nextTurn();
    await nextTurn();
    const second = await run(client, LIMITS, { ...GET, target: "/second" });
    expect(second.body).toBe("2");
  });

  it("keeps its connection after HEAD, even after a forbidden body", async () => {
    const [raw, client] = await upstream((socket, text) => {
      if (text.startsWith("HEAD /rude")) socket.write(rawResponse("smuggled"));
      else if (text.startsWith("HEAD")) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
      else socket.write(rawResponse("own"));
    });
    const ask = async (method: string, target: string): Promise<string> => {
      const { body } = await run(client, LIMITS, { ...GET, method, target });
      await nextTurn();
      await nextTurn();
      return body;
    };
    expect([await ask("HEAD", "/"), await ask("GET", "/"), raw.sockets.length]).toEqual(["", "own", 1]);
    expect([await ask("HEAD", "/rude"), await ask("GET", "/")]).toEqual(["", "own"]);
  });

  it("is never repeated", async () => {
    let requests = 0;
    const [, client] = await upstream((socket) => {
      requests += 1;
      socket.destroy();
    });
    expect((await run(client)).events.at(-1)).toEqual(["fail", "reset"]);
    expect(requests).toBe(1);
  });

  it("that undici cannot send fails without throwing", async () => {
    const [, client] = await upstream(() => {});
    expect((await run(client, LIMITS, { ...GET, target: "*" })).events).toEqual([["fail", "internal"]]);
  });
});

function coded(code: string, message = "x", name = "Error"): Error {
  return Object.assign(new Error(message), { code, name });
}

describe("failures", () => {
  it.each([
    [coded("ECONNREFUSED"), "refused"],
    [Object.assign(new AggregateError([]), { code: "ECONNREFUSED" }), "refused"],
    [coded("ENOTFOUND"), "dns"],
    [coded("EAI_AGAIN"), "dns"],
    [coded("UND_ERR_CONNECT_TIMEOUT"), "timeout"],
    [coded("ECONNRESET"), "reset"],
    [coded("UND_ERR_SOCKET", "other side closed"), "reset"],
    [coded("UND_ERR_SOCKET", "bad upgrade"), "protocol"],
    [coded("HPE_X", "Response does not match (Invalid EOF state)", "HTTPParserError"), "reset"],
    [coded("HPE_X", "Response does not match", "HTTPParserError"), "protocol"],
    [coded("DEPTH_ZERO_SELF_SIGNED_CERT"), "tls"],
    [coded("ERR_TLS_CERT_ALTNAME_INVALID"), "tls"],
    [coded("EMFILE"), "internal"],
    [new Error("x"), "internal"],
  ])("%s is %s", (error, kind) => expect(toTransportFailure(error, true).kind).toBe(kind));

  it("https to a cleartext server is a TLS failure", async () => {
    const raw = await RawUpstream.start((socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const client = new UndiciClient(raw.url.replace("http:", "https:"), 500);
    stops.push(
      async () => client.destroy(),
      async () => raw.stop(),
    );
    expect((await run(client)).events).toEqual([["fail", "tls"]]);
  });
});
