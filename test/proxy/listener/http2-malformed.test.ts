import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rawResponse, Gateway, RawUpstream } from "../proxy-harness.ts";
import { END_STREAM, FrameClient } from "./http2-frames.ts";

async function startUpstream(): Promise<RawUpstream> {
  return RawUpstream.start((socket, text) => {
    if (text.startsWith("GET")) socket.write(rawResponse("ok"));
  });
}

let primary: RawUpstream;
let candidate: RawUpstream;
let gateway: Gateway;
beforeAll(async () => {
  primary = await startUpstream();
  candidate = await startUpstream();
  gateway = await Gateway.start({
    primary: primary.url,
    candidates: [{ url: candidate.url, methods: new Set(["GET", "POST"]) }],
  });
});
afterAll(async () => {
  await gateway.stop();
  await primary.stop();
  await candidate.stop();
});

const PROTOCOL_ERROR = 1;
const INTERNAL_ERROR = 2;
const COMPRESSION_ERROR = 9;
const ENHANCE_YOUR_CALM = 11;

const head = (method = "GET", path = "/bad"): string[] => [
  ":method",
  method,
  ":scheme",
  "http",
  ":path",
  path,
  ":authority",
  "h",
];
const post = (path: string): string[] => [...head("POST", path), "content-length", "3"];
const many = (count: number, value = "b"): string[] => Array.from({ length: count }, () => ["a", value]).flat();

async function open(): Promise<FrameClient> {
  return FrameClient.open(gateway.port);
}

/** Waits for the response to another request, so that all earlier frames have arrived. */
async function nextIsServed(client: FrameClient): Promise<void> {
  client.sendHeaders(99, head("GET", "/next"), END_STREAM);
  await client.until((frames) => frames.some(({ stream, type }) => stream === 99 && type === "DATA"));
}

/** Describes the frames of stream 1: RST_STREAM with its code, and the text of responses. */
function outcome(client: FrameClient): string[] {
  return client.frames
    .filter(({ stream, payload, type }) => stream === 1 && payload.length > 0 && type !== "WINDOW_UPDATE")
    .map(({ type, payload }) => {
      if (type === "RST_STREAM") return `reset ${payload.readUInt32BE(0)}`;
      return type === "HEADERS" ? "head" : payload.toString("latin1");
    });
}

const reset: [string, string[]][] = [
  ["a name in capitals", [...head(), "X-A", "1"]],
  ["Connection", [...head(), "connection", "close"]],
  ["Transfer-Encoding", [...head(), "transfer-encoding", "chunked"]],
  ["TE that is not trailers", [...head(), "te", "gzip"]],
  ["a pseudo-header after a field", ["x-a", "1", ...head()]],
  ["an unknown pseudo-header", [...head(), ":x", "1"]],
  ["no path", [":method", "GET", ":scheme", "http", ":authority", "h"]],
  ["an empty path", head("GET", "")],
  ["neither authority nor Host", [":method", "GET", ":scheme", "http", ":path", "/"]],
  ["GET *", head("GET", "*")],
  ["a space in the path", head("GET", "/ HTTP/1.1")],
  ["a line end in the path", head("GET", "/\r\nx: y")],
  ["a line end in the method", head("GET / HTTP/1.1\r\nx")],
  ["two Content-Lengths", [...head("POST"), "content-length", "3", "content-length", "3"]],
  ["Content-Length with a sign", [...head("POST"), "content-length", "+3"]],
  ["a Content-Length without a body", [...head("POST"), "content-length", "3"]],
];

const refused: [string, string[], string][] = [
  ["a Host that differs from :authority", [...head(), "host", "g"], "malformed"],
  ["a value that begins with a space", [...head(), "x-a", " 1"], "malformed"],
  ["a value that ends with a tab", [...head(), "x-a", "1\t"], "malformed"],
  ["a head of 17 KiB", [...head(), "x-a", "a".repeat(17 * 1024)], "header-too-large"],
  ["a head of 100 KiB", [...head(), ...many(100, "b".repeat(1_000))], "header-too-large"],
  ["1,001 fields", [...head(), ...many(1_000)], "header-too-large"],
  ["2,100 fields", [...head(), ...many(2_100)], "header-too-large"],
];

describe("malformed HTTP/2 requests", () => {
  it.each(reset)("%s: the stream is reset with PROTOCOL_ERROR, the connection stays open", async (_name, fields) => {
    const client = await open();
    client.sendHeaders(1, fields, END_STREAM);
    await nextIsServed(client);
    expect(outcome(client)).toEqual([`reset ${PROTOCOL_ERROR}`]);
    client.raw.close();
  });

  it.each(refused)("%s: refused with a response, the connection stays open", async (_name, fields, reason) => {
    const before = gateway.refusals.length;
    const client = await open();
    client.sendHeaders(1, fields, END_STREAM);
    await nextIsServed(client);
    expect(outcome(client)).toEqual(["head", expect.stringMatching(/^The (?:request|header section) is /)]);
    expect(gateway.refusals.slice(before).map(([, why]) => why)).toEqual([reason]);
    client.raw.close();
  });

  // nghttp2 drops these fields silently; their bytes reach no upstream.
  it.each([
    ["a line end in a value", "x-a", "1\r\nx-b: 2"],
    ["NUL in a value", "x-a", "1\0"],
    ["a control character in a value", "x-a", "\x01secret"],
    ["a space in a name", "x a", "1"],
    ["an empty name", "", "1"],
  ])("%s: the request is served without the field", async (_name, name, value) => {
    const [before, copied] = [primary.received.length, candidate.received.length];
    const client = await open();
    client.sendHeaders(1, [...head("GET", "/without"), name, value, "x-after", "yes"], END_STREAM);
    await nextIsServed(client);
    await gateway.settle();
    expect(outcome(client)).toEqual(["head", "ok"]);
    for (const received of [primary.received.slice(before), candidate.received.slice(copied)]) {
      const lines = received.toLowerCase().split("\r\n\r\n", 1)[0]?.split("\r\n") ?? [];
      expect(lines).toEqual(["get /without http/1.1", "host: h", "x-after: yes", "shadowdiff-hop: 1"]);
    }
    client.raw.close();
  });

  it("no refused request has reached an upstream", async () => {
    await gateway.settle();
    for (const { received } of [primary, candidate]) expect(received).not.toContain("/bad");
  });
});

describe("a body whose length differs from its Content-Length", () => {
  it("too short: the stream is reset with PROTOCOL_ERROR, and the request to the primary is not completed", async () => {
    const client = await open();
    client.sendHeaders(1, post("/short"));
    client.send("DATA", 0, 1, Buffer.from("he"));
    await expect.poll(() => primary.received).toMatch(/\/short [^]*\r\n\r\nhe$/);
    client.send("DATA", END_STREAM, 1, Buffer.alloc(0));
    await nextIsServed(client);
    expect(outcome(client)).toEqual([`reset ${PROTOCOL_ERROR}`]);
    client.raw.close();
  });

  // Node ends the session on this error of nghttp2; a stream error would be enough (RFC 9113 §8.1.1).
  it("too long: the connection is closed, and no byte beyond the length reaches the primary", async () => {
    const client = await open();
    client.sendHeaders(1, post("/long"));
    client.send("DATA", 0, 1, Buffer.from("he"));
    await expect.poll(() => primary.received).toMatch(/\/long [^]*\r\n\r\nhe$/);
    client.send("DATA", END_STREAM, 1, Buffer.from("llo"));
    await client.raw.closed();
    const away = client.frames.find(({ type }) => type === "GOAWAY");
    expect(away?.payload.readUInt32BE(4)).toBe(INTERNAL_ERROR);
    await gateway.settle();
    expect(primary.received).toMatch(/\/long [^]*\r\n\r\nhe$/);
    expect(gateway.requests.at(-1)).toEqual(["POST", 0]);
  });
});

describe("a head that is too large for a response", () => {
  it.each([
    ["130 KiB", [...head(), ...many(130, "b".repeat(1_000))]],
    ["3,100 fields", [...head(), ...many(3_100)]],
  ])("%s: the stream is reset with ENHANCE_YOUR_CALM, the connection stays open", async (_name, fields) => {
    const client = await open();
    client.sendHeaders(1, fields, END_STREAM);
    await nextIsServed(client);
    expect(outcome(client)).toEqual([`reset ${ENHANCE_YOUR_CALM}`]);
    client.raw.close();
  });

  it.each([
    ["one field of 70 KiB", [...head(), "x-a", "a".repeat(70 * 1024)], COMPRESSION_ERROR],
    ["200 KiB in many fields", [...head(), ...many(200, "b".repeat(1_000))], INTERNAL_ERROR],
  ])("%s: the connection is closed", async (_name, fields, code) => {
    const client = await open();
    client.sendHeaders(1, fields, END_STREAM);
    await client.raw.closed();
    const away = client.frames.find(({ type }) => type === "GOAWAY");
    expect(away?.payload.readUInt32BE(4)).toBe(code);
    expect(primary.received).not.toContain("/bad");
  });
});
