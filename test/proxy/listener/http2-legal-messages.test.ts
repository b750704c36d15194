import { constants } from "node:http2";
import { afterEach, describe, expect, it } from "vitest";
import { encodeFrame, encodeHeaders, END_STREAM, FrameClient } from "./http2-frames.ts";
import { endsRequest, FrameServer, NO_ERROR, uint32 } from "../../upstream/http2/frame-server.ts";
import { Front } from "../front.ts";
import { RawClient, rawResponse, RawUpstream, talk } from "../proxy-harness.ts";
import { ask, openHttp2, responseOf } from "./http2-exchange.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function front(
  upstream: { readonly url: string; stop(): Promise<void> },
  protocol: "http1" | "h2",
): Promise<Front> {
  const started = await Front.start({ upstream: upstream.url, protocol });
  stops.push(
    async () => started.stop(),
    async () => upstream.stop(),
  );
  return started;
}

/** A proxy in front of an HTTP/1.1 upstream that sends these bytes for each request. */
async function http1(bytes: string): Promise<Front> {
  return front(await RawUpstream.respondingWith(bytes), "http1");
}

/** A proxy in front of an HTTP/2 upstream that sends these frames for each request. */
async function http2(frames: (stream: number) => Buffer[]): Promise<Front> {
  const upstream = await FrameServer.start({
    onFrame: (connection, frame) => {
      if (endsRequest(frame)) connection.socket.write(Buffer.concat(frames(frame.stream)));
    },
  });
  return front(upstream, "h2");
}

const GET = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

/** Sends a GET over HTTP/2, and returns its response and the interim ones before it. */
async function askHttp2({
  url,
}: Front): Promise<{ interim: unknown[]; status: number; body: string; rstCode: number }> {
  const session = openHttp2(url);
  stops.unshift(() => session.destroy());
  const stream = session.request({ ":path": "/" });
  const interim: unknown[] = [];
  stream.on("headers", (headers, _flags, raw: string[]) => interim.push([headers[":status"], raw.slice(2)]));
  const { status, body, rstCode } = await responseOf(stream);
  return { interim, status, body, rstCode };
}

function data(stream: number, text: string, flags = END_STREAM): Buffer {
  return encodeFrame("DATA", flags, stream, Buffer.from(text));
}

const LINKS = ["link", "</a.css>; rel=preload", "link", "</b.js>; rel=preload"];
const over1 = (): Promise<Front> =>
  http1(
    "HTTP/1.1 103 Early Hints\r\n\r\n" +
      "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nLink: </b.js>; rel=preload\r\n" +
      `Connection: x-hop\r\nX-Hop: 1\r\n\r\n${rawResponse("ok")}`,
  );
const over2 = (): Promise<Front> =>
  http2((id) => [
    encodeHeaders(id, [":status", "103"]),
    encodeHeaders(id, [":status", "103", ...LINKS]),
    encodeHeaders(id, [":status", "200", "content-length", "2"]),
    data(id, "ok"),
  ]);

describe("interim responses", () => {
  it.each([
    ["HTTP/1.1", over1],
    ["HTTP/2", over2],
  ])("of an %s primary reach a client of HTTP/2, without hop-by-hop fields", async (_version, start) => {
    expect(await askHttp2(await start())).toEqual({
      interim: [
        [103, []],
        [103, LINKS],
      ],
      status: 200,
      body: "ok",
      rstCode: NO_ERROR,
    });
  });

  it.each([
    ["HTTP/1.1", over1],
    ["HTTP/2", over2],
  ])("of an %s primary reach a client of HTTP/1.1", async (_version, start) => {
    const text = (await talk((await start()).port, GET)).toLowerCase();
    expect(text).toMatch(
      /^http\/1\.1 103 early hints\r\n\r\nhttp\/1\.1 103 early hints\r\nlink: <\/a\.css>; rel=preload\r\nlink: <\/b\.js>; rel=preload\r\n\r\nhttp\/1\.1 200 ok\r\n/,
    );
  });

  it.each([
    ["HTTP/1.1", over1],
    ["HTTP/2", over2],
  ])("of an %s primary do not reach a client of HTTP/1.0 (RFC 9110 §15.2)", async (_version, start) => {
    expect(await talk((await start()).port, "GET / HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  it("to a client that does not read them are dropped beyond 1 MiB, and the final response follows", async () => {
    const hint = `HTTP/1.1 103 Early Hints\r\nX-A: ${"a".repeat(15_000)}\r\n\r\n`;
    const { interim, body } = await askHttp2(await http1(`${hint.repeat(200)}${rawResponse("ok")}`));
    expect([interim.length, body]).toEqual([69, "ok"]);
  });
});

describe("a head that HTTP/2 clients cannot accept as it is", () => {
  it.each(["204 No Content", "205 Reset Content"])("of %s loses its Content-Length", async (status) => {
    const session = openHttp2((await http1(`HTTP/1.1 ${status}\r\nX-A: b\r\nContent-Length: 5\r\n\r\nhello`)).url);
    stops.unshift(() => session.destroy());
    const expected = { status: Number(status.slice(0, 3)), fields: ["x-a", "b"], headOnly: true, rstCode: NO_ERROR };
    expect(await ask(session, "/")).toMatchObject(expected);
  });

  it("of an interim response loses its Content-Length", async () => {
    const hint = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 5\r\n\r\n";
    expect(await askHttp2(await http1(`${hint}${rawResponse("ok")}`))).toEqual({
      interim: [[103, ["link", "</a>"]]],
      status: 200,
      body: "ok",
      rstCode: NO_ERROR,
    });
  });

  it("of 120 KB passes, but one above the limits of nghttp2 becomes a 502 and leaves the connection open", async () => {
    const fields = Array.from({ length: 10 }, (_, index) => `X-${index}: ${"a".repeat(12_000)}\r\n`).join("");
    const upstream = await RawUpstream.start((socket, text) => {
      const heads = { a: fields, b: `X: ${"a".repeat(66_000)}\r\n`, c: `${fields}Y: ${"a".repeat(12_000)}\r\n` };
      const [, name] = /^GET \/([abc])/.exec(text) ?? [];
      socket.write(rawResponse("ok", heads[name as "a" | "b" | "c"]));
    });
    const session = openHttp2((await front(upstream, "http1")).url, { settings: { maxHeaderListSize: 1024 * 1024 } });
    stops.unshift(() => session.destroy());
    const statuses = [];
    for (const path of ["/a", "/b", "/c", "/a"]) statuses.push((await ask(session, path)).status);
    expect(statuses).toEqual([200, 502, 502, 200]);
  });
});

describe("a status above 599", () => {
  it.each([600, 799, 999])("%i of an HTTP/1.1 primary reaches a client of HTTP/2", async (status) => {
    const { status: received, body } = await askHttp2(await http1(rawResponse("ok", "", `${status} Odd`)));
    expect([received, body]).toEqual([status, "ok"]);
  });

  it("without a body ends the stream with its head", async () => {
    const session = openHttp2((await http1(rawResponse("", "", "999 Odd"))).url);
    stops.unshift(() => session.destroy());
    expect(await ask(session, "/")).toMatchObject({ status: 999, headOnly: true, rstCode: NO_ERROR });
  });

  it("of an HTTP/2 primary reaches clients of both versions", async () => {
    const started = await http2((id) => [encodeHeaders(id, [":status", "999"]), data(id, "ok")]);
    expect(await talk(started.port, GET)).toMatch(/^HTTP\/1\.1 999 \r\n[^]*ok/);
    expect(await askHttp2(started)).toMatchObject({ status: 999, body: "ok" });
  });
});

describe("a Content-Length in trailers", () => {
  it.each(["2", "3", "x"])("%s is dropped, and the response stays complete", async (length) => {
    const started = await http1(
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nContent-Length: ${length}\r\nX-Sum: 1\r\n\r\n`,
    );
    const session = openHttp2(started.url);
    stops.unshift(() => session.destroy());
    expect(await ask(session, "/")).toMatchObject({ body: "ok", trailers: ["x-sum", "1"], rstCode: NO_ERROR });
  });
});

const truncated = (id: number): Buffer[] => [
  encodeHeaders(id, [":status", "200"]),
  data(id, "hello", 0),
  encodeFrame("RST_STREAM", 0, id, uint32(NO_ERROR)),
];

describe("a stream that is reset with NO_ERROR before its end", () => {
  it("by the primary is an incomplete response for clients of HTTP/1.1 and HTTP/2", async () => {
    const started = await http2(truncated);
    const text = await talk(started.port, GET);
    expect(text).toMatch(/5\r\nhello\r\n$/);
    expect(await askHttp2(started)).toMatchObject({ body: "hello", rstCode: constants.NGHTTP2_INTERNAL_ERROR });
  });

  it("by the client is an incomplete request: the primary sees it aborted, not ended", async () => {
    const upstream = await RawUpstream.start(() => {});
    const started = await front(upstream, "http1");
    const client = await FrameClient.open(started.port);
    stops.unshift(() => client.raw.close());
    client.sendHeaders(1, [":method", "POST", ":scheme", "http", ":authority", "h", ":path", "/"]);
    client.send("DATA", 0, 1, Buffer.from("hello"));
    await expect.poll(() => upstream.received).toContain("hello");
    client.send("RST_STREAM", 0, 1, uint32(NO_ERROR));
    await expect.poll(() => upstream.sockets[0]?.destroyed).toBe(true);
    expect(upstream.received).toMatch(/5\r\nhello\r\n$/);
    expect(started.ends).toEqual([{ clientStatus: 0, primaryStatus: 0 }]);
  });

  it("by the client after its end changes nothing", async () => {
    const started = await http1(rawResponse("ok"));
    const client = await FrameClient.open(started.port);
    stops.unshift(() => client.raw.close());
    client.sendHeaders(1, [":method", "POST", ":scheme", "http", ":authority", "h", ":path", "/"]);
    client.send("DATA", END_STREAM, 1, Buffer.from("hello"));
    await client.until((frames) => frames.some(({ type, flags }) => type === "DATA" && (flags & END_STREAM) !== 0));
    expect(started.ends).toEqual([{ clientStatus: 200, primaryStatus: 200 }]);
  });

  it("a head and a body in one read, over a connection whose first bytes are the preface", async () => {
    const upstream = await RawUpstream.respondingWith(rawResponse("ok"));
    const started = await front(upstream, "http1");
    const client = await RawClient.open(started.port);
    stops.unshift(() => client.close());
    client.send(
      Buffer.concat([
        Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        encodeFrame("SETTINGS", 0, 0, Buffer.alloc(0)),
        encodeHeaders(1, [
          ":method",
          "POST",
          ":scheme",
          "http",
          ":authority",
          "h",
          ":path",
          "/",
          "content-length",
          "5",
        ]),
        data(1, "hello"),
      ]),
    );
    await client.until((text) => text.includes("ok"));
    expect(upstream.received).toMatch(/\r\n\r\nhello$/);
  });
});
