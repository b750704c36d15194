/** Responses of HTTP/1.x as bytes, one character each, and what a strict reader makes of them. */
export interface ResponseCase {
  readonly name: string;
  readonly bytes: string;
  /** The request was HEAD. */
  readonly isHead?: boolean;
  /** The request asked for another protocol. */
  readonly maySwitch?: boolean;
  /** The connection ends behind the bytes. */
  readonly ends?: boolean;
  readonly expected: Outcome;
}

/** `open`: not ended, and nothing wrong so far. */
export interface Outcome {
  readonly told: "ended" | "open" | "cut" | "switched" | "broken";
  readonly status?: number;
  readonly reason?: string;
  readonly fields?: readonly string[];
  readonly body?: string;
  readonly trailers?: readonly string[];
  /** Whether the connection may go on. */
  readonly reusable?: boolean;
  /** Bytes behind the end. */
  readonly extra?: number;
  /** Why it is broken. */
  readonly detail?: string;
}

const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

function whole(body: string, more: Partial<Outcome> = {}): Outcome {
  return { told: "ended", status: 200, body, trailers: [], reusable: true, extra: 0, ...more };
}

function broken(detail: string): Outcome {
  return { told: "broken", detail };
}

const LENGTHS: ResponseCase[] = [
  { name: "a length", bytes: `${OK}Content-Length: 5\r\n\r\nhello`, expected: whole("hello") },
  { name: "a length of zero", bytes: `${OK}content-length: 0\r\n\r\n`, expected: whole("") },
  {
    name: "a length, and the connection closed inside it",
    bytes: `${OK}Content-Length: 5\r\n\r\nhell`,
    ends: true,
    expected: { told: "cut", status: 200, body: "hell" },
  },
  ...[
    [
      "both a length and chunks",
      "Content-Length: 5\r\nTransfer-Encoding: chunked",
      "both a length and a transfer coding",
    ],
    ["chunks and a length", "Transfer-Encoding: chunked\r\nContent-Length: 5", "both a length and a transfer coding"],
    ["two lengths", "Content-Length: 5\r\nContent-Length: 6", "more than one Content-Length"],
    ["one length twice", "Content-Length: 5\r\nContent-Length: 5", "more than one Content-Length"],
    ["lengths in a list", "Content-Length: 5, 5", "no number"],
    ["a signed length", "Content-Length: +5", "no number"],
    ["a negative length", "Content-Length: -5", "no number"],
    ["a hexadecimal length", "Content-Length: 0x5", "no number"],
    ["a length with an exponent", "Content-Length: 5e0", "no number"],
    ["a length in parts", "Content-Length: 5 5", "no number"],
    ["an empty length", "Content-Length:", "no number"],
    ["a length beyond every number", "Content-Length: 99999999999999999999", "no number"],
    ["gzip as a transfer coding", "Transfer-Encoding: gzip", "transfer coding"],
    ["gzip below chunked", "Transfer-Encoding: gzip, chunked", "transfer coding"],
    ["chunked below gzip", "Transfer-Encoding: chunked, gzip", "transfer coding"],
    ["chunked twice in a list", "Transfer-Encoding: chunked, chunked", "transfer coding"],
    ["chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "transfer coding"],
    ["identity", "Transfer-Encoding: identity", "transfer coding"],
    ["an empty coding", "Transfer-Encoding:", "transfer coding"],
    ["a coding with a control character", "Transfer-Encoding: \x0bchunked", "must not be there"],
    ["a coding with a parameter", "Transfer-Encoding: chunked;q=1", "transfer coding"],
  ].map(([name = "", fields = "", detail = ""]): ResponseCase => ({
    name,
    bytes: `${OK}${fields}\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    expected: broken(detail),
  })),
];

const HEADS: ResponseCase[] = [
  {
    name: "names and values as they are on the wire, without the space around",
    bytes: `${OK}X-a: 1\r\nx-A:\t 2 \t\r\nX-Empty:\r\n__proto__: \xe9\xff\r\nContent-Length: 0\r\n\r\n`,
    expected: whole("", {
      reason: "OK",
      fields: ["X-a", "1", "x-A", "2", "X-Empty", "", "__proto__", "\xe9\xff", "Content-Length", "0"],
    }),
  },
  {
    name: "a reason phrase that is not UTF-8",
    bytes: "HTTP/1.1 299 Tr\xe8s \x80\xff  bien\r\nContent-Length: 0\r\n\r\n",
    expected: whole("", { status: 299, reason: "Tr\xe8s \x80\xff  bien" }),
  },
  {
    name: "an empty reason phrase",
    bytes: "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
    expected: whole("", { reason: "" }),
  },
  {
    name: "no reason phrase",
    bytes: "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
    expected: whole("", { reason: "" }),
  },
  { name: "status 999", bytes: "HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n", expected: whole("", { status: 999 }) },
  ...[
    ["status 099", "HTTP/1.1 099 X", "status line"],
    ["status 1000", "HTTP/1.1 1000 X", "status line"],
    ["a status of two digits", "HTTP/1.1 20 X", "status line"],
    ["a signed status", "HTTP/1.1 -20 X", "status line"],
    ["two spaces before the status", "HTTP/1.1  200 X", "status line"],
    ["a tab before the status", "HTTP/1.1\t200 X", "status line"],
    ["HTTP/2.0", "HTTP/2.0 200 OK", "not HTTP/1"],
    ["HTTP/1.2", "HTTP/1.2 200 OK", "status line"],
    ["HTTP/1.10", "HTTP/1.10 200 OK", "status line"],
    ["http in lower case", "http/1.1 200 OK", "not HTTP/1"],
    ["another protocol", "SSH-2.0-OpenSSH", "not HTTP/1"],
    ["a line before the status line", "\r\nHTTP/1.1 200 OK", "not HTTP/1"],
    ["NUL in the reason", "HTTP/1.1 200 O\0K", "must not be there"],
    ["a bare CR in the reason", "HTTP/1.1 200 O\rK", "CR without LF"],
    ["a bare LF behind the status line", "HTTP/1.1 200 OK\nX: 1", "must not be there"],
    ["a bare LF behind a field", "HTTP/1.1 200 OK\r\nX: 1\nY: 2", "must not be there"],
    ["a bare CR in a value", "HTTP/1.1 200 OK\r\nX: 1\rY: 2", "CR without LF"],
    ["a bare LF as the empty line", "HTTP/1.1 200 OK\r\nX: 1\r\n\n", "does not begin with a name"],
    ["NUL in a value", "HTTP/1.1 200 OK\r\nX: a\0b", "must not be there"],
    ["DEL in a value", "HTTP/1.1 200 OK\r\nX: a\x7fb", "must not be there"],
    ["a folded line", "HTTP/1.1 200 OK\r\nX: 1\r\n 2", "does not begin with a name"],
    ["a line folded with a tab", "HTTP/1.1 200 OK\r\nX: 1\r\n\t2", "does not begin with a name"],
    ["a space before the colon", "HTTP/1.1 200 OK\r\nX : 1", "field name"],
    ["a space before the first name", "HTTP/1.1 200 OK\r\n X: 1", "does not begin with a name"],
    ["no name", "HTTP/1.1 200 OK\r\n: 1", "does not begin with a name"],
    ["no colon", "HTTP/1.1 200 OK\r\nX", "field name"],
    ["a name outside ASCII", "HTTP/1.1 200 OK\r\nX\xe9: 1", "field name"],
  ].map(([name = "", head = "", detail = ""]): ResponseCase => ({
    name,
    bytes: `${head}\r\nContent-Length: 0\r\n\r\n`,
    expected: broken(detail),
  })),
  {
    name: "a head of 64 KiB",
    bytes: head64(0),
    expected: whole(""),
  },
  { name: "a head of 64 KiB and a byte", bytes: head64(1), expected: broken("too long") },
  { name: "a value without end", bytes: `${OK}X: ${"a".repeat(70_000)}`, expected: broken("too long") },
  { name: "a reason without end", bytes: `HTTP/1.1 200 ${"a".repeat(70_000)}`, expected: broken("too long") },
  { name: "2,000 fields", bytes: `${OK}${"a:\r\n".repeat(1_999)}Content-Length: 0\r\n\r\n`, expected: whole("") },
  {
    name: "2,001 fields",
    bytes: `${OK}${"a:\r\n".repeat(2_000)}Content-Length: 0\r\n\r\n`,
    expected: broken("more than 2000 fields"),
  },
  {
    name: "a head without end, closed",
    bytes: `${OK}X: 1\r\n`,
    ends: true,
    expected: { told: "cut" },
  },
];

function head64(more: number): string {
  const start = `${OK}Content-Length: 0\r\nX: `;
  return `${start}${"a".repeat(64 * 1024 - start.length - 4 + more)}\r\n\r\n`;
}

const CHUNKS: ResponseCase[] = [
  { name: "chunks", bytes: `${CHUNKED}5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n`, expected: whole("hello world") },
  { name: "no chunk", bytes: `${CHUNKED}0\r\n\r\n`, expected: whole("") },
  {
    name: "a coding in capitals, a size with letters and leading zeros",
    bytes: `${OK}TRANSFER-ENCODING: CHUNKED\r\n\r\n000a\r\n0123456789\r\n0A\r\n0123456789\r\n000\r\n\r\n`,
    expected: whole("01234567890123456789"),
  },
  {
    name: "chunk extensions",
    bytes: `${CHUNKED}2;a=b;c="d;\xe9"\r\nhi\r\n0;last\r\n\r\n`,
    expected: whole("hi"),
  },
  {
    name: "chunk extensions of 16 KiB in all",
    bytes: `${CHUNKED}1;${"a".repeat(8_191)}\r\nx\r\n1;${"a".repeat(8_191)}\r\ny\r\n0\r\n\r\n`,
    expected: whole("xy"),
  },
  {
    name: "trailers",
    bytes: `${CHUNKED}2\r\nhi\r\n0\r\nX-Sum: 1\r\nx-sum:2\r\n\r\n`,
    expected: whole("hi", { trailers: ["X-Sum", "1", "x-sum", "2"] }),
  },
  {
    name: "trailers that would frame a head: they cut nothing",
    bytes: `${CHUNKED}2\r\nhi\r\n0\r\nContent-Length: 1\r\nTransfer-Encoding: gzip\r\nConnection: close\r\n\r\n`,
    expected: whole("hi", {
      trailers: ["Content-Length", "1", "Transfer-Encoding", "gzip", "Connection", "close"],
    }),
  },
  {
    name: "chunks, and the connection closed before the last one",
    bytes: `${CHUNKED}5\r\nhello\r\n`,
    ends: true,
    expected: { told: "cut", status: 200, body: "hello" },
  },
  {
    name: "chunks, and the connection closed before the end of the trailers",
    bytes: `${CHUNKED}2\r\nhi\r\n0\r\nX: 1\r\n`,
    ends: true,
    expected: { told: "cut", status: 200, body: "hi" },
  },
  ...[
    ["a chunk size that is no number", "g\r\n", "no number"],
    ["an empty chunk size", "\r\n", "no number"],
    ["a signed chunk size", "+5\r\nhello\r\n", "no number"],
    ["a negative chunk size", "-1\r\n", "no number"],
    ["a chunk size with 0x", "0x5\r\nhello\r\n", "no number"],
    ["a space before a chunk size", " 5\r\nhello\r\n", "no number"],
    ["a space behind a chunk size", "5 \r\nhello\r\n", "no number"],
    ["a chunk size of 2^64", "10000000000000000\r\n", "too large"],
    ["a chunk size of many zeros", "00000000000005\r\nhello\r\n", "too large"],
    ["a bare LF behind a chunk size", "5\nhello\r\n", "no number"],
    ["a bare CR behind a chunk size", "5\rhello\r\n", "CR without LF"],
    ["a bare LF in an extension", "5;a\nhello\r\n", "must not be there"],
    ["NUL in an extension", "5;\0\r\nhello\r\n", "must not be there"],
    ["an extension without end", `5;${"a".repeat(20_000)}`, "extensions are too long"],
    [
      "extensions without end, a little with each chunk",
      `1;${"a".repeat(99)}\r\nx\r\n`.repeat(200),
      "extensions are too long",
    ],
    ["a chunk longer than its size", "4\r\nhello\r\n0\r\n\r\n", "longer than its size"],
    ["a bare LF behind a chunk", "5\r\nhello\n0\r\n\r\n", "longer than its size"],
    ["a bare CR behind a chunk", "5\r\nhello\r0\r\n\r\n", "CR without LF"],
    ["a folded trailer", "0\r\nX: 1\r\n 2\r\n\r\n", "does not begin with a name"],
    ["a trailer with a bare LF", "0\r\nX: 1\n\r\n\r\n", "must not be there"],
    ["a response in the place of trailers", "0\r\nHTTP/1.1 200 OK\r\n\r\n", "field name"],
    ["trailers without end", `0\r\nX: ${"a".repeat(70_000)}`, "too long"],
    ["2,001 trailers", `0\r\n${"a:\r\n".repeat(2_001)}\r\n`, "more than 2000 fields"],
  ].map(([name = "", body = "", detail = ""]): ResponseCase => ({
    name,
    bytes: CHUNKED + body,
    expected: broken(detail),
  })),
];

const ENDS: ResponseCase[] = [
  {
    name: "HEAD with a length: no body follows",
    bytes: `${OK}Content-Length: 9\r\n\r\n`,
    isHead: true,
    expected: whole(""),
  },
  {
    name: "HEAD with chunks: no body follows",
    bytes: CHUNKED,
    isHead: true,
    expected: whole(""),
  },
  { name: "HEAD without framing", bytes: `${OK}\r\n`, isHead: true, expected: whole("") },
  {
    name: "HEAD with a body that must not be there",
    bytes: `${OK}Content-Length: 5\r\n\r\nhello`,
    isHead: true,
    expected: whole("", { extra: 5 }),
  },
  { name: "204", bytes: "HTTP/1.1 204 No Content\r\n\r\n", expected: whole("", { status: 204 }) },
  {
    name: "204 with a length",
    bytes: "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
    expected: whole("", { status: 204, extra: 5 }),
  },
  {
    name: "304 with a length",
    bytes: "HTTP/1.1 304 Not Modified\r\nContent-Length: 123\r\n\r\n",
    expected: whole("", { status: 304 }),
  },
  {
    name: "a body that runs to the end of the connection",
    bytes: `${OK}\r\nhello`,
    ends: true,
    expected: whole("hello", { reusable: false }),
  },
  {
    name: "a body that runs to an end that has not come",
    bytes: `${OK}\r\nhello`,
    expected: { told: "open", status: 200, body: "hello" },
  },
  {
    name: "a second response behind the first",
    bytes: `${OK}Content-Length: 1\r\n\r\n1HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled`,
    expected: whole("1", { extra: 46 }),
  },
  { name: "extra bytes behind the last chunk", bytes: `${CHUNKED}0\r\n\r\n\r\n`, expected: whole("", { extra: 2 }) },
  {
    name: "Connection: close",
    bytes: `${OK}Connection: X, Close\r\nContent-Length: 1\r\n\r\nx`,
    expected: whole("x", { reusable: false }),
  },
  {
    name: "HTTP/1.0 with a length: closed",
    bytes: "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
    expected: whole("x", { reusable: false }),
  },
  {
    name: "HTTP/1.0 with keep-alive",
    bytes: "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx",
    expected: whole("x"),
  },
  {
    name: "HTTP/1.0 with both close and keep-alive: closed",
    bytes: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
    expected: whole("x", { reusable: false }),
  },
  {
    name: "HTTP/1.0 without a length, keep-alive or not",
    bytes: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nhello",
    ends: true,
    expected: whole("hello", { reusable: false }),
  },
  {
    name: "HTTP/1.0 with chunks",
    bytes: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    expected: broken("HTTP/1.0 has no transfer codings"),
  },
];

const INTERIM = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";

const INTERIMS: ResponseCase[] = [
  {
    name: "100, 102 and 103 before the answer",
    bytes: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 P\r\n\r\n${INTERIM}${OK}Content-Length: 1\r\n\r\nx`,
    expected: whole("x", { fields: ["Content-Length", "1"] }),
  },
  {
    name: "Connection: close in an interim answer only",
    bytes: `HTTP/1.1 100 Continue\r\nConnection: close\r\nContent-Length: 5\r\n\r\n${CHUNKED}0\r\n\r\n`,
    expected: whole(""),
  },
  { name: "20 interim answers", bytes: `${INTERIM.repeat(20)}${OK}Content-Length: 0\r\n\r\n`, expected: whole("") },
  { name: "21 interim answers", bytes: INTERIM.repeat(21), expected: broken("more than 20 interim answers") },
  {
    name: "an interim answer with a body",
    bytes: `HTTP/1.1 103 X\r\nContent-Length: 5\r\n\r\nhello${OK}\r\n`,
    expected: broken("not HTTP/1"),
  },
  {
    name: "101 that nobody asked for",
    bytes: "HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
    expected: broken("without being asked"),
  },
  {
    name: "101 that was asked for, and bytes behind it",
    bytes: "HTTP/1.1 101 Sw\xefitch\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n\0\x01",
    maySwitch: true,
    expected: {
      told: "switched",
      reason: "Sw\xefitch",
      fields: ["Connection", "upgrade", "Upgrade", "x"],
      extra: 2,
    },
  },
  {
    name: "101 that does not say to what",
    bytes: "HTTP/1.1 101 S\r\nConnection: upgrade\r\n\r\n",
    maySwitch: true,
    expected: broken("without saying to which"),
  },
  {
    name: "another answer to a request for 101",
    bytes: `${OK}Content-Length: 1\r\n\r\nx`,
    maySwitch: true,
    expected: whole("x"),
  },
];

export const RESPONSES: readonly ResponseCase[] = [...LENGTHS, ...HEADS, ...CHUNKS, ...ENDS, ...INTERIMS];
