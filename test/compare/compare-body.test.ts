import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ResponseBody } from "../../src/compare/response-body.ts";
import { compareBodies } from "../../src/compare/compare-body.ts";
import { parseContentCodings, decodeContent } from "../../src/compare/body/decode-content.ts";
import type { BodySource } from "../../src/compare/body/parse-body.ts";
import { parseContentType } from "../../src/compare/body/content-type.ts";
import { createRedactor } from "../../src/compare/redact/redactor.ts";
import { KEY } from "./build-exchanges.ts";

const MAX = 1024 * 1024;
const JSON_TYPE = "application/json";
const redactor = createRedactor(KEY);

function source(contentType: string, maxBytes = MAX): BodySource {
  const type = parseContentType(contentType);
  return { type, target: "/", grpcEncoding: undefined, registry: undefined, maxBytes, stored: undefined };
}

function body(content: string | Uint8Array, contentType = JSON_TYPE, coding = ""): ResponseBody {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return new ResponseBody(
    { bytes, length: bytes.length, tailHash: null },
    parseContentCodings(coding),
    source(contentType),
  );
}

function cut(content: string, length: number, tailHash: string): ResponseBody {
  return new ResponseBody({ bytes: Buffer.from(content), length, tailHash }, [], source(JSON_TYPE));
}

function found(primary: ResponseBody, candidate: ResponseBody): string[] {
  return compareBodies(primary, candidate).differences.map((difference) => {
    const { kind, path } = difference;
    const sides = difference.detail(redactor);
    return `${kind} ${path}: ${sides.primary} → ${sides.candidate}`;
  });
}

describe("decodeContent", () => {
  const text = Buffer.from("hello hello hello");
  it.each([
    ["gzip", gzipSync(text)],
    ["x-gzip", gzipSync(text)],
    ["deflate", deflateSync(text)],
    ["deflate", deflateRawSync(text)],
    ["br", brotliCompressSync(text)],
    ["zstd", zstdCompressSync(text)],
    ["identity", text],
    ["GZIP, Br", brotliCompressSync(gzipSync(text))],
  ])("decodes %s", (coding, bytes) => {
    const decoded = decodeContent(bytes, parseContentCodings(coding), MAX);
    expect(decoded.ok && Buffer.from(decoded.bytes).toString()).toBe("hello hello hello");
  });

  it.each([
    ["gzip", gzipSync(Buffer.alloc(64 * MAX))],
    ["br", brotliCompressSync(Buffer.alloc(64 * MAX), { params: {} })],
    ["zstd", zstdCompressSync(Buffer.alloc(64 * MAX))],
    ["deflate", deflateSync(Buffer.alloc(64 * MAX))],
    ["gzip, gzip", gzipSync(gzipSync(Buffer.alloc(64 * MAX)))],
  ])("stops decoding a %s bomb at the limit", (coding, bytes) => {
    expect(decodeContent(bytes, parseContentCodings(coding), MAX)).toMatchObject({ ok: false, reason: "too-large" });
  });

  it("stops decoding beyond 1 MiB at 1,000 times the wire size", () => {
    const [small, large] = [brotliCompressSync(Buffer.alloc(MAX)), brotliCompressSync(Buffer.alloc(2 * MAX))];
    expect(decodeContent(small, ["br"], 64 * MAX)).toMatchObject({ ok: true });
    expect(decodeContent(large, ["br"], 64 * MAX)).toMatchObject({ ok: false, reason: "too-large" });
    expect(decodeContent(gzipSync(large), ["br", "gzip"], 64 * MAX)).toMatchObject({ ok: false, reason: "too-large" });
  });

  it("applies the limit to bytes without a coding", () => {
    expect(decodeContent(Buffer.alloc(11), [], 10)).toMatchObject({ ok: false, reason: "too-large" });
  });

  it("rejects a chain of 1,000 codings and an unknown coding", () => {
    expect(decodeContent(text, Array<string>(1_000).fill("gzip"), MAX)).toMatchObject({
      ok: false,
      reason: "undecodable",
    });
    expect(decodeContent(text, ["sdch"], MAX)).toMatchObject({ ok: false, reason: "undecodable" });
  });

  it.each(
    [gzipSync(text), brotliCompressSync(text), zstdCompressSync(text)].map(
      (bytes, at) => [["gzip", "br", "zstd"][at] ?? "", bytes] as const,
    ),
  )("reports a truncated %s body as undecodable, except when only a prefix is requested", (coding, bytes) => {
    expect(decodeContent(bytes.subarray(0, -3), [coding], MAX)).toMatchObject({ ok: false, reason: "undecodable" });
    expect(decodeContent(bytes.subarray(0, -3), [coding], MAX, true)).toMatchObject({ ok: true });
  });
});

const huge = (last: string) =>
  new ResponseBody(
    { bytes: Buffer.from(`[${"1,".repeat(2_500_000)}${last}]`), length: 5_000_003, tailHash: null },
    [],
    source(JSON_TYPE, 16 * MAX),
  );

const cutPage = (contentType: string): ResponseBody =>
  new ResponseBody({ bytes: Buffer.from("<p>é"), length: 100, tailHash: "h" }, [], source(contentType));
const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");

describe("compareBodies", () => {
  it("treats equal decoded bodies with different codings as equal", () => {
    const text = '{"a":1}';
    expect(found(body(gzipSync(text), JSON_TYPE, "gzip"), body(brotliCompressSync(text), JSON_TYPE, "br"))).toEqual([]);
    expect(found(body(text), body(zstdCompressSync(text), JSON_TYPE, "zstd"))).toEqual([]);
  });

  it("treats different spellings of the same JSON as equal", () => {
    expect(found(body('{"a":1.0,"b":"\\u00e9"}'), body('{ "b": "é", "a": 1 }'))).toEqual([]);
  });

  it.each(["[1]", '"a"', "1", "true", "null"])("compares JSON with any root: %s", (text) => {
    expect(found(body(text), body('{"a":1}'))).toHaveLength(1);
    expect(found(body(` ${text}`), body(text))).toEqual([]);
  });

  it("reports an undecodable body", () => {
    expect(found(body(gzipSync("{}"), JSON_TYPE, "gzip"), body("{}", JSON_TYPE, "gzip"))).toEqual([
      "encoding $: valid gzip → not valid gzip",
    ]);
  });

  it("reports a body that is too large when decoded", () => {
    const bomb = body(gzipSync(Buffer.alloc(2 * MAX)), JSON_TYPE, "gzip");
    expect(found(body("{}"), bomb)).toEqual(["truncated $: no content coding → more than 1048576 bytes"]);
  });

  it("reports JSON that is invalid on one side only", () => {
    expect(found(body('{"a":1}'), body('{"a":1'))).toEqual(["parse $: JSON → not valid JSON"]);
    expect(found(body("{'a':1}"), body('{"a":1}'))).toEqual(["parse $: not valid JSON → JSON"]);
  });

  it("compares JSON that is invalid on both sides as text", () => {
    expect(found(body("{a:1}"), body("{a:2}"))).toEqual([
      "value $: not valid JSON: text of 5 characters → not valid JSON: text of 5 characters",
    ]);
    expect(found(body("{a:1}"), body("{a:1}"))).toEqual([]);
  });

  it("reports a byte order mark on one side", () => {
    expect(found(body("[1]"), body("\uFEFF[1]"))).toEqual([
      "encoding $: without a byte order mark → with a byte order mark",
    ]);
    expect(found(body("\uFEFF[1]"), body("\uFEFF[ 1 ]"))).toEqual([]);
  });

  it("shows the first differing line of a text", () => {
    expect(found(body("a\nbc\nd", "text/plain"), body("a\nbX\nd", "text/plain"))).toEqual(["value $: bc → bX"]);
    expect(found(body("a\n", "text/plain"), body("a\nb", "text/plain"))).toEqual(["value $:  → b"]);
  });

  it("shows a difference far into a text, masked together with its context", () => {
    const far = "line\n".repeat(20_000);
    const key = "-----BEGIN PRIVATE KEY-----\nAAAA\n";
    const [line] = found(body(`${far}${key}BBBB\n`, "text/plain"), body(`${far}${key}CCCC\n`, "text/plain"));
    expect(line).toMatch(/^value \$: \[redacted:\w{8}\] → \[redacted:\w{8}\]$/);
    const long = "x".repeat(20_000);
    expect(found(body(`${long}1`, "text/plain"), body(`${long}2`, "text/plain"))).toEqual([
      "value $: text of 20001 characters → text of 20001 characters",
    ]);
  });

  it("does not treat different bytes that are not UTF-8 as equal", () => {
    expect(found(body(Buffer.from([0xff]), "text/plain"), body(Buffer.from([0xfe]), "text/plain"))).toEqual([
      "value $: 1 bytes, SHA-256 a8100ae6aa19… → 1 bytes, SHA-256 aa687b58b0e7…",
    ]);
  });

  it.each([
    ["text/plain; charset=iso-8859-1", "text/plain; charset=utf-8", "é", "value $: Ã© → é"],
    ["text/plain; charset=iso-8859-1", "text/plain; charset=windows-1251", latin1("é"), "value $: é → й"],
    ["text/html; charset=latin1", "text/html", "<p>é", 'value $.html.body.p[*].$text: "Ã©" → "é"'],
    ["text/plain; charset=utf-16le", "text/plain; charset=utf-16be", "ab", "value $: 扡 → 慢"],
    [
      "text/html",
      "text/html; charset=utf-8",
      '<meta charset="latin1"><p>é',
      'value $.html.body.p[*].$text: "Ã©" → "é"',
    ],
    [
      "text/xml",
      "text/xml; charset=utf-8",
      '<?xml version="1.0" encoding="latin1"?><p>é</p>',
      'value $.p.$text: "Ã©" → "é"',
    ],
  ])("reads the same bytes as %s and as %s", (left, right, content, expected) => {
    expect(found(body(content, left), body(content, right))).toEqual([expected]);
    expect(found(body(content, left), body(content, left))).toEqual([]);
  });

  it.each([
    ["text/plain; charset=latin1", "text/plain; charset=windows-1252", latin1("é")],
    ["image/png; charset=latin1", "image/png", latin1("é")],
    ["text/event-stream; charset=latin1", "text/event-stream", "data: é\n\n"],
    ["text/plain; charset=us-ascii", "text/plain", "a"],
    ["text/plain; charset=latin1", "text/plain", ""],
    ["text/html; charset=utf-8", "text/html", "<p>é"],
  ])("the same bytes as %s and as %s are the same content", (left, right, content) => {
    expect(found(body(content, left), body(content, right))).toEqual([]);
  });

  it("beyond the capture cap, the same bytes match if they declare the same charset", () => {
    expect(found(cutPage("text/html"), cutPage("text/html; charset=utf-8"))).toEqual([]);
    expect(found(cutPage("text/html"), cutPage("text/html; charset=latin1")).map((line) => line.split(":")[0])).toEqual(
      ["truncated $"],
    );
  });

  it("what an XML or HTML document declares decides, unless its type does", () => {
    const xml = (encoding: string, text: Uint8Array): Buffer =>
      Buffer.concat([latin1(`<?xml version="1.0" encoding="${encoding}"?><p>`), text, latin1("</p>")]);
    const [one, other] = [xml("latin1", Buffer.from("é")), xml("utf-8", Buffer.from("é"))];
    expect(found(body(one, "text/xml"), body(other, "text/xml"))).toEqual(['value $.p.$text: "Ã©" → "é"']);
    expect(found(body(xml("latin1", latin1("é")), "text/xml"), body(other, "text/xml"))).toEqual([]);
    const utf16 = Buffer.from('<?xml version="1.0" encoding="utf-16"?><p>é</p>', "utf16le");
    expect(found(body(utf16, "text/xml"), body(other, "text/xml"))).toEqual([]);
    const [right, wrong] = [latin1('<meta charset="latin1">é'), Buffer.from('<meta charset="latin1">é')];
    expect(found(body(right, "text/html"), body(wrong, "text/html"))).toEqual(['value $.html.body.$text: "é" → "Ã©"']);
  });

  it("reports a missing body and an extra body", () => {
    expect(found(body("{}"), body(""))).toEqual(["missing $: JSON → null"]);
    expect(found(body(""), body("{}"))).toEqual(["extra $: null → JSON"]);
  });

  it("compares other media types by their bytes", () => {
    expect(found(body("PNG1", "image/png"), body("PNG2", "image/png"))).toEqual([
      "value $: 4 bytes, SHA-256 b8fc6f9ab462… → 4 bytes, SHA-256 6811c03a4f0a…",
    ]);
  });

  it.each([
    ['{"a":1}', '{ "a": 1 }', []],
    ["plain", "other", ["value $: plain → other"]],
    ["\u0000\u0001", "\u0000\u0002", ["value $: 2 bytes, SHA-256 b413f47d13ee… → 2 bytes, SHA-256 fcf0a6c700dd…"]],
    ["{x", "{y", ["value $: {x → {y"]],
  ])("sniffs a body without a media type: %j", (left, right, expected) => {
    expect(found(body(left, ""), body(right, ""))).toEqual(expected);
  });

  it("compares bodies beyond the capture cap by prefix, length and hash only", () => {
    expect(found(cut("[1,", 100, "h1"), cut("[1,", 100, "h1"))).toEqual([]);
    for (const other of [cut("[1,", 100, "h2"), cut("[2,", 100, "h1"), cut("[1,", 101, "h1")]) {
      expect(found(cut("[1,", 100, "h1"), other).map((line) => line.split(":")[0])).toEqual(["truncated $"]);
    }
    expect(found(body("[1,2]"), cut("[1,", 100, "h1"))).toEqual([
      "truncated $: 5 bytes → 100 bytes, the first 3 captured",
    ]);
  });

  it("reports a body with too many values as not compared", () => {
    expect(found(huge("1"), huge("2"))).toEqual([
      "truncated $: too many values to compare → too many values to compare",
    ]);
  });
});
