import { TOLERATED } from "./tolerated-responses.ts";
import type { ProtocolQuirk } from "../../../src/model/capture.ts";

/** A response of HTTP/1.x, one character per byte, and how it is read. */
export interface ResponseCase {
  readonly name: string;
  readonly bytes: string;
  /** The request was HEAD. */
  readonly isHead?: boolean;
  /** The request asked for another protocol. */
  readonly canSwitch?: boolean;
  /** The connection ends after the bytes. */
  readonly ends?: boolean;
  readonly expected: ParseOutcome;
}

/** How a response was read. `open`: incomplete, without a problem so far. */
export interface ParseOutcome {
  readonly result: "ended" | "open" | "cut" | "switched" | "malformed";
  readonly status?: number;
  readonly reason?: string;
  readonly fields?: readonly string[];
  readonly body?: string;
  readonly trailers?: readonly string[];
  /** The connection can carry another request. */
  readonly reusable?: boolean;
  /** Number of bytes after the end. */
  readonly extra?: number;
  /** Tolerated deviations, in the order in which they were reported. */
  readonly quirks?: readonly ProtocolQuirk[];
  /** Part of the reason why it is malformed. */
  readonly detail?: string;
}

const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

function complete(body: string, more: Partial<ParseOutcome> = {}): ParseOutcome {
  return { result: "ended", status: 200, body, trailers: [], reusable: true, extra: 0, ...more };
}

function malformed(detail: string): ParseOutcome {
  return { result: "malformed", detail };
}

const LENGTHS: ResponseCase[] = [
  { name: "a length", bytes: `${OK}Content-Length: 5\r\n\r\nhello`, expected: complete("hello") },
  { name: "a length of zero", bytes: `${OK}content-length: 0\r\n\r\n`, expected: complete("") },
  {
    name: "a length, and the connection closed inside it",
    bytes: `${OK}Content-Length: 5\r\n\r\nhell`,
    ends: true,
    expected: { result: "cut", status: 200, body: "hell" },
  },
  ...[
    ["two lengths", "Content-Length: 5\r\nContent-Length: 6", "not only one"],
    ["a list of two lengths", "Content-Length: 5, 6", "not only one"],
    ["a list of lengths with an empty member", "Content-Length: 5,", "not a number"],
    ["chunks with an invalid length", "Content-Length: x\r\nTransfer-Encoding: chunked", "not a number"],
    ["a signed length", "Content-Length: +5", "not a number"],
    ["a negative length", "Content-Length: -5", "not a number"],
    ["a hexadecimal length", "Content-Length: 0x5", "not a number"],
    ["a length with an exponent", "Content-Length: 5e0", "not a number"],
    ["a length with a space", "Content-Length: 5 5", "not a number"],
    ["an empty length", "Content-Length:", "not a number"],
    ["a length that is too large", "Content-Length: 99999999999999999999", "not a number"],
    ["gzip as a transfer coding", "Transfer-Encoding: gzip", "transfer coding"],
    ["gzip below chunked", "Transfer-Encoding: gzip, chunked", "transfer coding"],
    ["chunked below gzip", "Transfer-Encoding: chunked, gzip", "transfer coding"],
    ["chunked twice in a list", "Transfer-Encoding: chunked, chunked", "transfer coding"],
    ["chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "transfer coding"],
    ["a coding with a control character", "Transfer-Encoding: \x0bchunked", "transfer coding"],
    ["a coding with a parameter", "Transfer-Encoding: chunked;q=1", "transfer coding"],
  ].map(([name = "", fields = "", detail = ""]): ResponseCase => ({
    name,
    bytes: `${OK}${fields}\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    expected: malformed(detail),
  })),
];

const HEADS: ResponseCase[] = [
  {
    name: "names and values as they are on the wire, without the white space around values",
    bytes: `${OK}X-a: 1\r\nx-A:\t 2 \t\r\nX-Empty:\r\n__proto__: \xe9\xff\r\nContent-Length: 0\r\n\r\n`,
    expected: complete("", {
      reason: "OK",
      fields: ["X-a", "1", "x-A", "2", "X-Empty", "", "__proto__", "\xe9\xff", "Content-Length", "0"],
    }),
  },
  {
    name: "a reason phrase that is not UTF-8",
    bytes: "HTTP/1.1 299 Tr\xe8s \x80\xff  bien\r\nContent-Length: 0\r\n\r\n",
    expected: complete("", { status: 299, reason: "Tr\xe8s \x80\xff  bien" }),
  },
  {
    name: "an empty reason phrase",
    bytes: "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
    expected: complete("", { reason: "" }),
  },
  {
    name: "no reason phrase",
    bytes: "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
    expected: complete("", { reason: "" }),
  },
  { name: "status 999", bytes: "HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n", expected: complete("", { status: 999 }) },
  ...[
    ["status 1000", "HTTP/1.1 1000 X", "status line"],
    ["a signed status", "HTTP/1.1 -20 X", "status line"],
    ["HTTP/1.10", "HTTP/1.10 200 OK", "status line"],
    ["http in lower case", "http/1.1 200 OK", "not HTTP/1"],
    ["another protocol", "SSH-2.0-OpenSSH", "not HTTP/1"],
    ["another protocol after an empty line", "\r\nSSH-2.0-OpenSSH", "not HTTP/1"],
    ["a bare CR in the reason", "HTTP/1.1 200 O\rK", "CR without LF"],
    ["a bare CR in a value", "HTTP/1.1 200 OK\r\nX: 1\rY: 2", "CR without LF"],
    ["a folded line before the first name", "HTTP/1.1 200 OK\r\n X: 1", "not a field"],
    ["no name", "HTTP/1.1 200 OK\r\n: 1", "not a field"],
    ["no colon", "HTTP/1.1 200 OK\r\nX", "not a field"],
    ["a name outside ASCII", "HTTP/1.1 200 OK\r\nX\xe9: 1", "not a field"],
    ["status 000", "HTTP/1.1 000 X", "status line"],
    ["HTTP/0.9", "HTTP/0.9 200 OK", "status line"],
    ["a line that ends with CR CR LF", "HTTP/1.1 200 OK\r\nX: 1\r", "CR without LF"],
    ["NUL in a name", "HTTP/1.1 200 OK\r\nX\0: 1", "not a field"],
  ].map(([name = "", head = "", detail = ""]): ResponseCase => ({
    name,
    bytes: `${head}\r\nContent-Length: 0\r\n\r\n`,
    expected: malformed(detail),
  })),
  {
    name: "a head of 256 KiB",
    bytes: head256(0),
    expected: complete(""),
  },
  { name: "a head of 256 KiB and a byte", bytes: head256(1), expected: malformed("too long") },
  { name: "a value without an end", bytes: `${OK}X: ${"a".repeat(270_000)}`, expected: malformed("too long") },
  { name: "a reason without an end", bytes: `HTTP/1.1 200 ${"a".repeat(270_000)}`, expected: malformed("too long") },
  { name: "10,000 fields", bytes: `${OK}${"a:\r\n".repeat(9_999)}Content-Length: 0\r\n\r\n`, expected: complete("") },
  {
    name: "10,001 fields",
    bytes: `${OK}${"a:\r\n".repeat(10_000)}Content-Length: 0\r\n\r\n`,
    expected: malformed("more than 10000 fields"),
  },
  {
    name: "10,001 lines of bare LF",
    bytes: `${OK}${"a:\n".repeat(10_001)}\n`,
    expected: malformed("more than 10002 lines"),
  },
  {
    name: "10,001 folded lines",
    bytes: `${OK}X: a\r\n${" b\r\n".repeat(10_000)}\r\n`,
    expected: malformed("more than 10002 lines"),
  },
  {
    name: "an unfinished head, closed",
    bytes: `${OK}X: 1\r\n`,
    ends: true,
    expected: { result: "cut" },
  },
];

function head256(more: number): string {
  const start = `${OK}Content-Length: 0\r\nX: `;
  return `${start}${"a".repeat(256 * 1024 - start.length - 4 + more)}\r\n\r\n`;
}

const CHUNKS: ResponseCase[] = [
  { name: "chunks", bytes: `${CHUNKED}5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n`, expected: complete("hello world") },
  { name: "only the last chunk", bytes: `${CHUNKED}0\r\n\r\n`, expected: complete("") },
  {
    name: "a coding in capitals, a size with letters and leading zeros",
    bytes: `${OK}TRANSFER-ENCODING: CHUNKED\r\n\r\n000a\r\n0123456789\r\n0A\r\n0123456789\r\n000\r\n\r\n`,
    expected: complete("01234567890123456789"),
  },
  {
    name: "chunk extensions",
    bytes: `${CHUNKED}2;a=b;c="d;\xe9"\r\nhi\r\n0;last\r\n\r\n`,
    expected: complete("hi"),
  },
  {
    name: "chunk extensions of 16 KiB in total",
    bytes: `${CHUNKED}1;${"a".repeat(8_191)}\r\nx\r\n1;${"a".repeat(8_191)}\r\ny\r\n0\r\n\r\n`,
    expected: complete("xy"),
  },
  {
    name: "trailers",
    bytes: `${CHUNKED}2\r\nhi\r\n0\r\nX-Sum: 1\r\nx-sum:2\r\n\r\n`,
    expected: complete("hi", { trailers: ["X-Sum", "1", "x-sum", "2"] }),
  },
  {
    name: "framing fields in trailers are ignored",
    bytes: `${CHUNKED}2\r\nhi\r\n0\r\nContent-Length: 1\r\nTransfer-Encoding: gzip\r\nConnection: close\r\n\r\n`,
    expected: complete("hi", {
      trailers: ["Content-Length", "1", "Transfer-Encoding", "gzip", "Connection", "close"],
    }),
  },
  {
    name: "chunks, and the connection closed before the last one",
    bytes: `${CHUNKED}5\r\nhello\r\n`,
    ends: true,
    expected: { result: "cut", status: 200, body: "hello" },
  },
  {
    name: "chunks, and the connection closed before the end of the trailers",
    bytes: `${CHUNKED}2\r\nhi\r\n0\r\nX: 1\r\n`,
    ends: true,
    expected: { result: "cut", status: 200, body: "hi" },
  },
  ...[
    ["a chunk size that is not a number", "g\r\n", "not a number"],
    ["an empty chunk size", "\r\n", "not a number"],
    ["a signed chunk size", "+5\r\nhello\r\n", "not a number"],
    ["a negative chunk size", "-1\r\n", "not a number"],
    ["a chunk size with 0x", "0x5\r\nhello\r\n", "not a number"],
    ["a space before a chunk size", " 5\r\nhello\r\n", "not a number"],
    ["a chunk size of 2^64", "10000000000000000\r\n", "too large"],
    ["text after a chunk size", "5 a\r\nhello\r\n", "not a number"],
    ["a bare CR in an extension", "5;a\rb\r\nhello\r\n", "CR without LF"],
    ["a bare CR after a chunk size", "5\rhello\r\n", "CR without LF"],
    ["an extension without an end", `5;${"a".repeat(270_000)}`, "extensions are too long"],
    ["a chunk longer than its size", "4\r\nhello\r\n0\r\n\r\n", "longer than its size"],
    ["a bare CR after a chunk", "5\r\nhello\r0\r\n\r\n", "CR without LF"],
    ["trailers without an end", `0\r\nX: ${"a".repeat(270_000)}`, "too long"],
    ["10,001 trailers", `0\r\n${"a:\r\n".repeat(10_001)}\r\n`, "more than 10000 fields"],
  ].map(([name = "", body = "", detail = ""]): ResponseCase => ({
    name,
    bytes: CHUNKED + body,
    expected: malformed(detail),
  })),
];

const ENDS: ResponseCase[] = [
  {
    name: "HEAD with a length: no body follows",
    bytes: `${OK}Content-Length: 9\r\n\r\n`,
    isHead: true,
    expected: complete(""),
  },
  {
    name: "HEAD with chunks: no body follows",
    bytes: CHUNKED,
    isHead: true,
    expected: complete(""),
  },
  { name: "HEAD without framing", bytes: `${OK}\r\n`, isHead: true, expected: complete("") },
  {
    name: "HEAD with a forbidden body",
    bytes: `${OK}Content-Length: 5\r\n\r\nhello`,
    isHead: true,
    expected: complete("", { extra: 5 }),
  },
  { name: "204", bytes: "HTTP/1.1 204 No Content\r\n\r\n", expected: complete("", { status: 204 }) },
  {
    name: "204 with a length",
    bytes: "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
    expected: complete("", { status: 204, extra: 5 }),
  },
  {
    name: "304 with a length",
    bytes: "HTTP/1.1 304 Not Modified\r\nContent-Length: 123\r\n\r\n",
    expected: complete("", { status: 304 }),
  },
  {
    name: "a body that ends with the connection",
    bytes: `${OK}\r\nhello`,
    ends: true,
    expected: complete("hello", { reusable: false }),
  },
  {
    name: "a body that ends with the connection, still open",
    bytes: `${OK}\r\nhello`,
    expected: { result: "open", status: 200, body: "hello" },
  },
  {
    name: "a second response after the first",
    bytes: `${OK}Content-Length: 1\r\n\r\n1HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled`,
    expected: complete("1", { extra: 46 }),
  },
  { name: "extra bytes after the last chunk", bytes: `${CHUNKED}0\r\n\r\n\r\n`, expected: complete("", { extra: 2 }) },
  {
    name: "Connection: close",
    bytes: `${OK}Connection: X, Close\r\nContent-Length: 1\r\n\r\nx`,
    expected: complete("x", { reusable: false }),
  },
  {
    name: "HTTP/1.0 with a length: closed",
    bytes: "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
    expected: complete("x", { reusable: false }),
  },
  {
    name: "HTTP/1.0 with keep-alive",
    bytes: "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx",
    expected: complete("x"),
  },
  {
    name: "HTTP/1.0 with both close and keep-alive: closed",
    bytes: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
    expected: complete("x", { reusable: false }),
  },
  {
    name: "HTTP/1.0 without a length, keep-alive or not",
    bytes: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nhello",
    ends: true,
    expected: complete("hello", { reusable: false }),
  },
];

/** An interim response of 1 KiB. */
const INTERIM_KB = `HTTP/1.1 103 X\r\nX: ${"a".repeat(1_024 - 23)}\r\n\r\n`;
const INTERIM = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";

const INTERIMS: ResponseCase[] = [
  {
    name: "100, 102 and 103 before the response",
    bytes: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 P\r\n\r\n${INTERIM}${OK}Content-Length: 1\r\n\r\nx`,
    expected: complete("x", { fields: ["Content-Length", "1"] }),
  },
  {
    name: "Connection: close in an interim response only",
    bytes: `HTTP/1.1 100 Continue\r\nConnection: close\r\nContent-Length: 5\r\n\r\n${CHUNKED}0\r\n\r\n`,
    expected: complete(""),
  },
  {
    name: "100 interim responses",
    bytes: `${INTERIM.repeat(100)}${OK}Content-Length: 0\r\n\r\n`,
    expected: complete(""),
  },
  {
    name: "2 MiB of interim responses",
    bytes: `${INTERIM_KB.repeat(2_048)}${OK}Content-Length: 0\r\n\r\n`,
    expected: complete(""),
  },
  {
    name: "an interim response with a body",
    bytes: `HTTP/1.1 103 X\r\nContent-Length: 5\r\n\r\nhello${OK}\r\n`,
    expected: malformed("not HTTP/1"),
  },
  {
    name: "101 without a request for it",
    bytes: "HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
    expected: malformed("without being asked to"),
  },
  {
    name: "101 to a request for it, and bytes after it",
    bytes: "HTTP/1.1 101 Sw\xefitch\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n\0\x01",
    canSwitch: true,
    expected: {
      result: "switched",
      reason: "Sw\xefitch",
      fields: ["Connection", "upgrade", "Upgrade", "x"],
      extra: 2,
    },
  },
  {
    name: "101 without Upgrade",
    bytes: "HTTP/1.1 101 S\r\nConnection: upgrade\r\n\r\n",
    canSwitch: true,
    expected: malformed("without an Upgrade field"),
  },
  {
    name: "another response to a request for 101",
    bytes: `${OK}Content-Length: 1\r\n\r\nx`,
    canSwitch: true,
    expected: complete("x"),
  },
];

export const RESPONSES: readonly ResponseCase[] = [...LENGTHS, ...HEADS, ...CHUNKS, ...ENDS, ...INTERIMS, ...TOLERATED];
