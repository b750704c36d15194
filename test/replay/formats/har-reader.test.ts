import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { headerLines, readRecorded, readText } from "../read-recorded.ts";

interface Entry {
  readonly [member: string]: unknown;
  readonly request: object;
}

function request(changes: object = {}): Entry {
  return {
    startedDateTime: "2026-11-30T10:00:00.000Z",
    time: 1,
    request: {
      method: "GET",
      url: "https://shop.example/a",
      httpVersion: "HTTP/1.1",
      headers: [],
      cookies: [],
      ...changes,
    },
    response: { status: 200, content: { size: 3, text: '"}],[{' }, headers: [{ name: "request", value: "x" }] },
  };
}

function har(entries: readonly unknown[], space?: number): string {
  const pages = [{ id: "page_1", entries: [{ request: "not an entry" }] }];
  return JSON.stringify(
    { log: { version: "1.2", creator: { name: "x", log: { entries: [1] } }, pages, entries, comment: "" } },
    undefined,
    space,
  );
}

function field(name: string, value: string): object {
  return { name, value };
}

describe("HarReader", () => {
  it("reads the entries of a log, indented or not", async () => {
    const entries = [
      request(),
      { ...request({ url: "http://b.example/b#c" }), pageref: "page_1", connection: "7" },
      { ...request(), connection: "8" },
    ];
    for (const space of [undefined, 2]) {
      const { requests, problems, format } = await readText(har(entries, space));
      expect({ problems, format }).toEqual({ problems: [], format: "har" });
      expect(requests).toMatchObject([
        { method: "GET", target: "/a", lane: null, at: Date.UTC(2026, 10, 30, 10), place: "stdin, entry 1" },
        { target: "/b", lane: "page_1" },
        { target: "/a", lane: "8" },
      ]);
      expect(requests.map(headerLines)).toEqual([["Host: shop.example"], ["Host: b.example"], ["Host: shop.example"]]);
    }
  });

  it("drops pseudo-headers and what belongs to the connection, and adds the host", async () => {
    const headers = [
      field(":authority", "Shop.example"),
      field(":method", "GET"),
      field("accept", "*/*"),
      field("te", "trailers"),
      field("content-length", "0"),
      field("x-a", "1"),
    ];
    const http1 = [
      field("Accept", "*/*"),
      field("Host", "other.example"),
      field("Connection", "keep-alive, X-Drop"),
      field("X-Drop", "1"),
      field("Transfer-Encoding", "chunked"),
      field("Shadowdiff-Hop", "1"),
    ];
    const { requests } = await readText(har([request({ headers }), request({ headers: http1 })]));
    expect(requests.map(headerLines)).toEqual([
      ["Host: Shop.example", "accept: */*", "te: trailers", "x-a: 1"],
      ["Accept: */*", "Host: other.example"],
    ]);
  });

  it.each([
    ["text", { text: "a=ü" }, [], "a=ü", []],
    ["base64", { text: "AP8=", encoding: "base64" }, [], "\u0000\u00ff", []],
    [
      "bytes, one per character, as the length tells",
      { text: "\u0000\u00ff" },
      [field("Content-Length", "2")],
      "\u0000\u00ff",
      [],
    ],
    [
      "a form without its text",
      { mimeType: "application/x-www-form-urlencoded", params: [field("a b", "ü")] },
      [],
      "a+b=%C3%BC",
      [],
    ],
    ["a body that the recorder has cut", { text: "ab" }, [field("Content-Length", "9")], "ab", ["body"]],
    ["a body that the recorder has left out", undefined, [field("Content-Length", "9")], null, ["body"]],
    [
      "a multipart form, whose boundaries are not recorded",
      { mimeType: "multipart/form-data", params: [field("a", "b")] },
      [],
      null,
      ["body"],
    ],
    ["no body", undefined, [], null, []],
  ])("has the body of %s", async (_, postData, headers, body, masked) => {
    const { requests } = await readText(har([request({ method: "POST", postData, headers })]));
    const [found] = requests;
    const bytes = body === null ? null : Buffer.from(body, body.includes("ü") ? "utf8" : "latin1");
    expect(found?.body && Buffer.from(found.body)).toEqual(bytes);
    expect(found?.masked).toEqual(masked);
  });

  it("counts what is not sent over HTTP as not replayable", async () => {
    const upgrade = [field("Connection", "Upgrade"), field("Upgrade", "websocket")];
    const { requests, progress } = await readText(
      har([
        request({ url: "data:text/plain,a" }),
        request({ url: "chrome-extension://abc/a.js" }),
        request({ url: "blob:https://shop.example/1" }),
        request({ url: "wss://shop.example/" }),
        { ...request(), _resourceType: "websocket" },
        request({ headers: upgrade }),
        request({
          headers: [
            field("Connection", "Upgrade, HTTP2-Settings"),
            field("Upgrade", "h2c"),
            field("HTTP2-Settings", "x"),
          ],
        }),
        request({ method: "CONNECT" }),
      ]),
    );
    expect(requests.map(headerLines)).toEqual([["Host: shop.example"]]);
    expect(progress).toMatchObject({ broken: 0, skipped: { scheme: 3, upgrade: 3, method: 1 } });
  });

  it.each([
    ["no object", 7, "expected object, received number"],
    ["null", null, "expected object, received null"],
    ["no request", {}, "request: expected object, received undefined"],
    ["a method that is no text", request({ method: 1 }), "request.method: expected string, received number"],
    ["a relative URL", request({ url: "a" }), '"a" is neither a path nor an absolute URL'],
    ["a space in the URL", request({ url: "http://a/b c" }), 'the target "/b c" has forbidden characters'],
    [
      "a line break in a header",
      request({ headers: [field("A", "b\r\nC: d")] }),
      "the header A has control characters",
    ],
    [
      "a host that would exhaust the stack of regular expressions",
      request({ url: `http://${"a".repeat(15 << 20)}/` }),
      "the head is longer than 256 KiB",
    ],
    ["bad base64", request({ postData: { text: "?", encoding: "base64" } }), "request.postData.text: not base64"],
  ])("counts an entry with %s as broken, and reads on", async (_, entry, problem) => {
    const { requests, problems } = await readText(har([request(), entry, request()]));
    expect(requests.map(({ place }) => place)).toEqual(["stdin, entry 1", "stdin, entry 3"]);
    expect(problems).toEqual([{ place: "stdin, entry 2", problem: expect.stringContaining(problem) as string }]);
  });

  it("counts an entry that is too long as broken, and reads on; a response of any length is dropped", async () => {
    const long = "x".repeat(17 << 20);
    const entries = [
      { ...request(), response: { content: { text: long } } },
      request({ postData: { text: long } }),
      { ...request(), comment: long },
      request({ headers: [{ name: "a", value: "b", [long]: 1 }] }),
      request(),
    ];
    const { requests, problems } = await readText(har(entries));
    expect(requests.map(({ place }) => place)).toEqual(["stdin, entry 1", "stdin, entry 3", "stdin, entry 5"]);
    expect(problems).toEqual(
      [2, 4].map((entry) => ({ place: `stdin, entry ${entry}`, problem: "longer than 16 MiB" })),
    );
  });

  it("reads what there is of a file that was cut", async () => {
    const whole = har([request(), request(), request()]);
    const { requests, problems } = await readText(whole.slice(0, whole.lastIndexOf("startedDateTime") + 30));
    expect(requests.length).toBe(2);
    expect(problems).toEqual([
      { place: "stdin, after entry 2", problem: expect.stringContaining("entries after it are not read") as string },
    ]);
  });

  it("stops at a document that is nested too deeply", async () => {
    const { problems, requests } = await readText(
      `{"log":{"entries":[${JSON.stringify(request())},${"[".repeat(100_000)}`,
    );
    expect(requests.length).toBe(1);
    expect(problems).toEqual([
      { place: "stdin, after entry 1", problem: expect.stringContaining("nested too deeply") as string },
    ]);
  });

  it("finds every entry of any document in pieces of any size", async () => {
    const entry = fc.record({
      request: fc.record({
        method: fc.constant("GET"),
        url: fc.nat().map((id) => `http://a/${id}`),
        headers: fc.constant([]),
      }),
      response: fc.jsonValue(),
      other: fc.jsonValue(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { maxLength: 5 }),
        fc.jsonValue(),
        fc.integer({ min: 1, max: 50 }),
        async (entries, other, size) => {
          const bytes = Buffer.from(JSON.stringify({ log: { other, entries, end: other } }));
          const count = Math.ceil(bytes.length / size);
          const pieces = Array.from({ length: count }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
          const { requests, problems } = await readRecorded(pieces, { format: "har" });
          expect(problems).toEqual([]);
          expect(requests.map(({ target }) => `http://a${target}`)).toEqual(entries.map(({ request: { url } }) => url));
        },
      ),
      { numRuns: 50 },
    );
  });
});
