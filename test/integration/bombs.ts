import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from "node:zlib";
import { COST, MAX_VALUES } from "../../src/compare/body/parse-limits.ts";

/** Two responses whose comparison needs as much memory or time as possible. */
export interface Bomb {
  /** A path segment. */
  readonly name: string;
  readonly type: string;
  readonly encoding?: string | undefined;
  readonly primary: Buffer;
  readonly candidate: Buffer;
  /** The kinds of all differences in the body, in alphabetical order. */
  readonly kinds: string;
}

type Body = string | Buffer;

const KIB = 1024;
/** The default limits on the wire and after decoding, with space for a start and an end. */
const WIRE = KIB * KIB - KIB;
const DECODED = 8 * KIB * KIB - KIB;
const TOO_MUCH = "truncated";

function bomb(name: string, type: string, primary: Body, candidate: Body, kinds = TOO_MUCH): Bomb {
  return { name, type, primary: Buffer.from(primary), candidate: Buffer.from(candidate), kinds };
}

/** A body that is larger than the limit on the wire, but not after decoding. */
function packed(name: string, type: string, primary: Body, candidate: Body, kinds = TOO_MUCH): Bomb {
  const [a, b] = [primary, candidate].map((body) => gzipSync(body, { level: 1 })) as [Buffer, Buffer];
  return { name: `${name}-packed`, type, encoding: "gzip", primary: a, candidate: b, kinds };
}

/** Repeats a text until it has this many bytes. */
function fill(text: string, bytes = WIRE): string {
  return text.repeat(Math.floor(bytes / text.length));
}

function list(count: number, item: (index: number) => string, separator = ","): string {
  return Array.from({ length: count }, (_, index) => item(index)).join(separator);
}

function multipart(parts: number, value: number): string {
  return `${`--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n${value}\r\n`.repeat(parts)}--b--\r\n`;
}

function grpcFrames(count: number, payload: readonly number[]): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => Buffer.from([0, 0, 0, 0, payload.length, ...payload])));
}

/** A string that holds JSON with a string that holds JSON, and so on. */
function nestedStrings(depth: number, inner: string): string {
  let text = inner;
  for (let level = 0; level < depth; level += 1) text = JSON.stringify({ token: 1, inner: text });
  return text;
}

const [JSON_TYPE, XML, PROTOBUF] = ["application/json", "application/xml", "application/x-protobuf"];

/** Bodies of all formats that are too large to be compared, or expensive for another reason. */
export function bombs(): readonly Bomb[] {
  const [open, close] = ["[", "]"].map((bracket) => bracket.repeat(500_000)) as [string, string];
  const one = `[${"1,".repeat(32 * KIB * KIB)}1]`;
  return [
    bomb("xml-swapped", XML, `<r>${fill("<a/><b/>")}</r>`, `<r>${fill("<b/><a/>")}</r>`),
    packed("xml-swapped", XML, `<r>${fill("<a/><b/>", DECODED)}</r>`, `<r>${fill("<b/><a/>", DECODED)}</r>`),
    bomb("json-deep", JSON_TYPE, open + close, `${open}1${close}`),
    packed("json-objects", JSON_TYPE, `[${fill("{},", DECODED)}1]`, `[${fill("{},", DECODED)}2]`),
    bomb(
      "json-renamed",
      JSON_TYPE,
      `{${list(80_000, (at) => `"a${at}":1`)}}`,
      `{${list(80_000, (at) => `"b${at}":1`)}}`,
      "extra missing",
    ),
    bomb(
      "json-secrets",
      JSON_TYPE,
      `[${list(30_000, (at) => `{"password":"a${at}"}`)}]`,
      `[${list(30_000, (at) => `{"password":"b${at}"}`)}]`,
      "value",
    ),
    bomb(
      "json-strings",
      JSON_TYPE,
      nestedStrings(12, fill("[1],", KIB)),
      nestedStrings(12, fill("[2],", KIB)),
      "value",
    ),
    packed("ndjson", "application/x-ndjson", fill('{"a":1}\n', DECODED), fill('{"a":2}\n', DECODED)),
    bomb("html-table", "text/html", `<table>${fill("<b><td>")}`, `<table>${fill("<i><td>")}`),
    packed("html", "text/html", fill("<b></b><i></i>", DECODED), fill("<i></i><b></b>", DECODED)),
    packed("csv", "text/csv", `a,b\n${fill("1,2\n", DECODED)}`, `a,b\n${fill("1,3\n", DECODED)}`),
    packed("multipart", "multipart/form-data; boundary=b", multipart(100_000, 1), multipart(100_000, 2)),
    packed("form", "application/x-www-form-urlencoded", fill("a=1&", DECODED), fill("a=2&", DECODED)),
    packed("events", "text/event-stream", fill("data:1\n\n", DECODED), fill("data:2\n\n", DECODED)),
    bomb("text", "text/plain", fill("a\nb\n"), fill("a\nc\n"), "value"),
    bomb("protobuf-empty", PROTOBUF, fill("\x0a\x02\x0a\x00"), fill("\x0a\x02\x08\x00")),
    bomb("grpc", "application/grpc", grpcFrames(200_000, []), grpcFrames(170_000, [8])),
    { ...bomb("gzip", JSON_TYPE, gzipSync(one), gzipSync(`${one} `)), encoding: "gzip" },
    { ...bomb("zstd", JSON_TYPE, zstdCompressSync(one), zstdCompressSync(`${one} `)), encoding: "zstd" },
    { ...bomb("br", JSON_TYPE, brotli(one), brotli(`${one} `)), encoding: "br" },
  ];
}

/** As many parts as a body may have, if each costs this many values. */
function most(cost: number): number {
  return Math.floor((MAX_VALUES - 100) / cost);
}

/** Bodies just within the limit of values: they are compared, and need the most memory. */
export function largestBodies(): readonly Bomb[] {
  const { container, element, htmlElement, word, cell, field, row, text, part } = COST;
  const [levels, shuffled] = [most(container), most(container + 1)];
  const [open, close] = ["[".repeat(levels), "]".repeat(levels)];
  const repeat = (unit: string, cost: number): string => unit.repeat(most(cost));
  return [
    packed("most-json", JSON_TYPE, `[${repeat("[],", container + 1)}1]`, `[${repeat("{},", container + 1)}1]`, "type"),
    packed("most-json-deep", JSON_TYPE, open + close, `${open}1${close}`, "value"),
    packed(
      "most-json-shuffled",
      JSON_TYPE,
      `[${list(shuffled, (at) => `[${at}]`)}]`,
      `[${list(shuffled, (at) => `[${shuffled - at}]`)}]`,
      "value",
    ),
    packed(
      "most-xml",
      XML,
      `<r>${repeat("<a/><b/>", 2 * element)}</r>`,
      `<r>${repeat("<b/><a/>", 2 * element)}</r>`,
      "order",
    ),
    packed(
      "most-html",
      "text/html",
      repeat("<p class=a>1", htmlElement + field + word),
      repeat("<p class=a>2", htmlElement + field + word),
      "value",
    ),
    packed(
      "most-csv",
      "text/csv",
      `a,b\n${repeat("1,2\n", row + 2 * cell)}`,
      `a,b\n${repeat("1,3\n", row + 2 * cell)}`,
      "value",
    ),
    packed(
      "most-form",
      "application/x-www-form-urlencoded",
      list(most(text), (at) => `a${at}=1`, "&"),
      list(most(text), (at) => `a${at}=2`, "&"),
      "value",
    ),
    packed(
      "most-parts",
      "multipart/form-data; boundary=b",
      multipart(most(part), 1),
      multipart(most(part), 2),
      "value",
    ),
    packed(
      "most-protobuf",
      PROTOBUF,
      repeat("\x0a\x02\x08\x01", element + 2 * field),
      repeat("\x0a\x02\x08\x02", element + 2 * field),
      "value",
    ),
  ];
}

function brotli(text: string): Buffer {
  return brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
}
