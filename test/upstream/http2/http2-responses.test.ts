import { Readable } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { Http2Client } from "../../../src/upstream/http2/http2-client.ts";
import { ACK, encodeFrame, encodeHeaders, END_STREAM } from "../../proxy/listener/http2-frames.ts";
import type { LegRequest } from "../../../src/upstream/leg.ts";
import { GET, LIMITS, run, RecordingHandler } from "../recording-handler.ts";
import { endsRequest, type FrameConnection, FrameServer, uint32 } from "./frame-server.ts";

const PADDED = 8;
const NO_ERROR = 0;
const CANCEL = 8;

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** An upstream that sends these frames for each request head, in one packet. */
async function sending(frames: (stream: number) => Buffer[]): Promise<[Http2Client, FrameServer]> {
  return start((connection, stream) => connection.socket.write(Buffer.concat(frames(stream))));
}

async function start(
  respond: (connection: FrameConnection, stream: number) => void,
): Promise<[Http2Client, FrameServer]> {
  const server = await FrameServer.start({
    onFrame: (connection, { type, stream }) => type === "HEADERS" && respond(connection, stream),
  });
  const client = new Http2Client(server.url, 500, {});
  stops.push(
    async () => client.destroy(),
    async () => server.stop(),
  );
  return [client, server];
}

function head(stream: number, status: string, flags = 0): Buffer {
  return encodeHeaders(stream, [":status", status], flags);
}

function data(stream: number, text: string, flags = 0): Buffer {
  return encodeFrame("DATA", flags, stream, Buffer.from(text));
}

function reset(stream: number, code: number): Buffer {
  return encodeFrame("RST_STREAM", 0, stream, uint32(code));
}

describe("a response that is reset", () => {
  it.each([NO_ERROR, CANCEL])("with code %i before its end is incomplete", async (code) => {
    const [client] = await sending((id) => [head(id, "200"), data(id, "hello"), reset(id, code)]);
    const handler = await run(client);
    expect([handler.body, handler.events]).toEqual(["hello", ["start", [200, "OK", []], ["fail", "reset"]]]);
  });

  it.each([NO_ERROR, CANCEL])("with code %i after its end is complete, and ends the upload", async (code) => {
    const [client] = await sending((id) => [head(id, "413"), data(id, "too large", END_STREAM), reset(id, code)]);
    const body = new Readable({ read() {} });
    body.push(Buffer.from("x"));
    const handler = await run(client, LIMITS, { ...GET, method: "POST", body });
    expect([handler.body, handler.events.at(-1), body.destroyed]).toEqual(["too large", ["end", []], true]);
  });

  it.each<[string, string, readonly string[], boolean]>([
    ["all bytes of its Content-Length", "GET", ["content-length", "5"], true],
    ["fewer bytes than its Content-Length", "GET", ["content-length", "6"], false],
    ["announced trailers missing", "GET", ["content-length", "5", "trailer", "x-sum"], false],
    ["the head of a response to HEAD", "HEAD", ["content-length", "5"], true],
  ])(
    "with NO_ERROR instead of its end, %s: whole or incomplete as HTTP/1.1 sees it",
    async (_name, method, fields, isWhole) => {
      const [client] = await sending((id) => [
        encodeHeaders(id, [":status", "200", ...fields]),
        ...(method === "HEAD" ? [] : [data(id, "hello")]),
        reset(id, NO_ERROR),
      ]);
      const handler = await run(client, LIMITS, { ...GET, method });
      expect([handler.body, handler.events.at(-1)]).toEqual([
        method === "HEAD" ? "" : "hello",
        isWhole ? ["end", []] : ["fail", "reset"],
      ]);
    },
  );

  it.each(["204", "304"])("with NO_ERROR after the head of a %s is complete", async (status) => {
    const [client] = await sending((id) => [head(id, status), reset(id, NO_ERROR)]);
    expect((await run(client)).events.at(-1)).toEqual(["end", []]);
  });

  it("with another code after all bytes of its Content-Length is incomplete", async () => {
    const [client] = await sending((id) => [
      encodeHeaders(id, [":status", "200", "content-length", "5"]),
      data(id, "hello"),
      reset(id, CANCEL),
    ]);
    expect((await run(client)).events.at(-1)).toEqual(["fail", "reset"]);
  });

  it("after its end is complete even if its reader is slow", async () => {
    const [client] = await sending((id) => [
      head(id, "413"),
      data(id, "a".repeat(10_000)),
      data(id, "b", END_STREAM),
      reset(id, NO_ERROR),
    ]);
    const handler = new RecordingHandler();
    const body = new Readable({ read() {} });
    const leg = client.send({ ...GET, method: "POST", body }, LIMITS, handler);
    handler.data = (chunk) => {
      handler.body += chunk.toString("latin1");
      leg.pause();
      setTimeout(() => leg.resume(), 20);
    };
    await handler.over;
    expect([handler.body.length, handler.events.at(-1)]).toEqual([10_001, ["end", []]]);
  });
});

describe("a response before the end of its request", () => {
  it("is complete without a reset, and ends the upload with one", async () => {
    const ended: boolean[] = [];
    const server = await FrameServer.start({
      onFrame: (connection, frame) => {
        if (frame.type === "HEADERS") connection.sendHeaders(frame.stream, [":status", "401"], END_STREAM);
        if (frame.type === "DATA") ended.push(endsRequest(frame));
      },
    });
    const client = new Http2Client(server.url, 500, {});
    stops.push(
      async () => client.destroy(),
      async () => server.stop(),
    );
    const body = new Readable({ read() {} });
    body.push("a part");
    const handler = await run(client, LIMITS, { ...GET, method: "POST", body });
    expect([handler.events.at(-1), body.destroyed]).toEqual([["end", []], true]);
    await expect.poll(() => server.connections[0]?.resets.get(1)).toBe(CANCEL);
    // Otherwise a part of the body would look like the whole.
    expect(ended).toEqual([false]);
  });

  it("leaves the reset to an upstream that sends one", async () => {
    const server = await FrameServer.start({
      onFrame: (connection, { type, flags, stream }) => {
        if (type === "HEADERS") {
          connection.sendHeaders(stream, [":status", "413"], END_STREAM);
          connection.send("PING", 0, 0, Buffer.alloc(8));
        }
        // The client has received the response.
        if (type === "PING" && flags === ACK && connection.open.has(1)) connection.reset(1, NO_ERROR);
      },
    });
    const client = new Http2Client(server.url, 500, {});
    stops.push(
      async () => client.destroy(),
      async () => server.stop(),
    );
    const body = new Readable({ read() {} });
    await run(client, LIMITS, { ...GET, method: "POST", body });
    await expect.poll(() => server.connections[0]?.open.size).toBe(0);
    // What was sent before this request has arrived.
    await run(client);
    expect(server.connections[0]?.resets).toEqual(new Map());
  });

  it.each<[string, () => LegRequest["body"]]>([
    ["one that is in memory", () => Buffer.alloc(200_000)],
    ["one that was read to its end", () => Readable.from([Buffer.alloc(200_000)])],
    [
      "one that goes on",
      () => {
        const body = new Readable({ read() {} });
        body.push(Buffer.alloc(200_000));
        return body;
      },
    ],
  ])("frees its stream even if the upstream never takes the rest of the body: %s", async (_name, body) => {
    const [client, server] = await sending((id) => [head(id, "413", END_STREAM)]);
    await run(client, LIMITS, { ...GET, method: "POST", body: body() });
    // It counts connections without a stream. On a slow machine, a connection whose window does not open is closed before.
    const isFree = (): boolean => client.closeIdle() === 1 || server.connections[0]?.socket.readableEnded === true;
    await expect.poll(isFree).toBe(true);
  });

  it("that continues as the request does leaves both directions open", async () => {
    const server = await FrameServer.start({
      onFrame: (connection, frame) => {
        if (frame.type === "HEADERS") connection.sendHeaders(frame.stream, [":status", "200"]);
        if (frame.type === "DATA") connection.send("DATA", frame.flags & END_STREAM, frame.stream, frame.payload);
      },
    });
    const client = new Http2Client(server.url, 500, {});
    stops.push(
      async () => client.destroy(),
      async () => server.stop(),
    );
    const body = new Readable({ read() {} });
    const handler = new RecordingHandler();
    client.send({ ...GET, method: "POST", body }, LIMITS, handler);
    for (const piece of ["a", "b", "c"]) {
      body.push(piece);
      await expect.poll(() => handler.body).toContain(piece);
    }
    body.push(null);
    await handler.over;
    expect([handler.body, handler.events.at(-1)]).toEqual(["abc", ["end", []]]);
  });
});

describe("interim responses", () => {
  it("reach the handler in order, except 100; the wait for the final response goes on", async () => {
    const [client] = await sending((id) => [
      ...["100", "102", "103", "103"].map((status) => encodeHeaders(id, [":status", status, "link", `<${status}>`])),
      head(id, "200"),
      data(id, "ok", END_STREAM),
    ]);
    const handler = await run(client);
    expect(handler.events).toEqual([
      "start",
      ["interim", 102, ["link", "<102>"]],
      ["interim", 103, ["link", "<103>"]],
      ["interim", 103, ["link", "<103>"]],
      [200, "OK", []],
      ["end", []],
    ]);
  });

  it("without a final one are not a response", async () => {
    const [client] = await sending((id) => [encodeHeaders(id, [":status", "103"], END_STREAM)]);
    expect((await run(client)).events.at(-1)).toEqual(["fail", "protocol"]);
  });

  it("with status 101 are malformed: HTTP/2 has no upgrade (RFC 9113 §8.6)", async () => {
    const [client] = await sending((id) => [head(id, "101"), head(id, "200", END_STREAM)]);
    expect((await run(client)).events).toEqual(["start", ["fail", "protocol"]]);
  });
});

describe("legal frames that few servers send", () => {
  it.each<[string, (id: number) => Buffer[]]>([
    ["empty DATA", (id) => [head(id, "200"), data(id, ""), data(id, "ok"), data(id, ""), data(id, "", END_STREAM)]],
    [
      "padding, with and without data",
      (id) => [
        head(id, "200"),
        encodeFrame("DATA", PADDED, id, Buffer.from("\u0003ok\0\0\0")),
        encodeFrame("DATA", PADDED | END_STREAM, id, Buffer.concat([Buffer.of(255), Buffer.alloc(255)])),
      ],
    ],
    [
      "PING, SETTINGS and WINDOW_UPDATE in between",
      (id) => [
        encodeFrame("PING", 0, 0, Buffer.alloc(8)),
        head(id, "200"),
        encodeFrame("WINDOW_UPDATE", 0, id, uint32(1)),
        encodeFrame("SETTINGS", 0, 0, Buffer.alloc(0)),
        data(id, "ok", END_STREAM),
        encodeFrame("WINDOW_UPDATE", 0, id, uint32(1)),
      ],
    ],
    [
      "a frame of an unknown type",
      (id) => [Buffer.from([0, 0, 1, 200, 255, 0, 0, 0, id, 1]), head(id, "200"), data(id, "ok", 1)],
    ],
  ])("%s", async (_name, frames) => {
    const [client] = await sending(frames);
    const handler = await run(client);
    expect([handler.body, handler.events]).toEqual(["ok", ["start", [200, "OK", []], ["end", []]]]);
  });

  it("empty DATA in each of many responses on one connection", async () => {
    const [client, server] = await sending((id) => [
      head(id, "200"),
      ...Array.from({ length: 300 }, () => data(id, "")),
      data(id, "ok", END_STREAM),
    ]);
    const bodies: string[] = [];
    for (let request = 0; request < 10; request += 1) bodies.push((await run(client)).body);
    expect([bodies, server.connections.length]).toEqual([Array.from({ length: 10 }, () => "ok"), 1]);
  });

  it("CONTINUATION: a head of 60 KB in four frames", async () => {
    const value = "v".repeat(20_000);
    const [client] = await sending((id) => [
      encodeHeaders(id, [":status", "200", "a", value, "b", value, "c", value]),
      data(id, "ok", END_STREAM),
    ]);
    const handler = await run(client);
    expect([handler.body, handler.events[1]]).toEqual(["ok", [200, "OK", ["a", value, "b", value, "c", value]]]);
  });

  it("trailers after an empty body, and after a body", async () => {
    for (const body of ["", "ok"]) {
      const [client] = await sending((id) => [
        head(id, "200"),
        ...(body === "" ? [] : [data(id, body)]),
        encodeHeaders(id, ["grpc-status", "0"], END_STREAM),
      ]);
      const handler = await run(client);
      expect([handler.body, handler.events.at(-1)]).toEqual([body, ["end", ["grpc-status", "0"]]]);
    }
  });

  it("a status above 599", async () => {
    const [client] = await sending((id) => [head(id, "999"), data(id, "ok", END_STREAM)]);
    expect((await run(client)).events).toEqual(["start", [999, "", []], ["end", []]]);
  });

  it("a window of 0 that opens byte by byte: the upload waits for it", async () => {
    const INITIAL_WINDOW_SIZE = 4;
    const server = await FrameServer.start({
      settings: Buffer.concat([Buffer.of(0, INITIAL_WINDOW_SIZE), uint32(0)]),
      onFrame: (connection, frame) => {
        if (endsRequest(frame)) connection.respond(frame.stream, connection.bodies.get(frame.stream));
        else if (frame.type === "HEADERS" || frame.type === "DATA") {
          connection.send("WINDOW_UPDATE", 0, frame.stream, uint32(1));
        }
      },
    });
    const client = new Http2Client(server.url, 500, {});
    stops.push(
      async () => client.destroy(),
      async () => server.stop(),
    );
    // The first request can be sent before the settings arrive.
    await run(client);
    const body = Readable.from([Buffer.from("hel"), Buffer.from("lo")]);
    expect((await run(client, LIMITS, { ...GET, method: "POST", body })).body).toBe("hello");
  });
});

describe("an upstream that floods", () => {
  it.each(["PING", "SETTINGS"] as const)("with %s and does not read the replies is disconnected", async (type) => {
    const payload = Buffer.alloc(type === "PING" ? 8 : 0);
    const batch = Buffer.concat(Array.from({ length: 1_000 }, () => encodeFrame(type, 0, 0, payload)));
    let sent = 0;
    const [client, server] = await start((connection) => {
      // It does not read the acknowledgments.
      connection.socket.pause();
      const more = (): void => {
        for (; sent < 3_000 && !connection.socket.destroyed; sent += 1) {
          if (!connection.socket.write(batch)) return void connection.socket.once("drain", more);
        }
      };
      more();
    });
    expect((await run(client)).events).toEqual(["start", ["fail", "protocol"]]);
    await expect.poll(() => server.connections[0]?.socket.destroyed).toBe(true);
    expect(sent).toBeLessThan(3_000);
  });
});
