import type { ProtocolQuirk } from "../../../src/model/capture.ts";
import type { ParseOutcome, ResponseCase } from "./response-corpus.ts";

const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const LENGTH = "Content-Length: 5\r\n";
const BODY = "\r\nhello";
const CHUNKS = "5\r\nhello\r\n0\r\n\r\n";

type ToleratedRow = readonly [
  name: string,
  bytes: string,
  quirks: readonly ProtocolQuirk[],
  expected?: Partial<ParseOutcome>,
  options?: Partial<Omit<ResponseCase, "name" | "bytes" | "expected">>,
];

/** What comes after a response must never be read as the next one. */
const NEXT = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled";

/** Every case is read twice: alone, and with another response behind it. */
const ROWS: readonly ToleratedRow[] = [
  ["HTTP/1.2", `HTTP/1.2 200 OK\r\n${LENGTH}${BODY}`, ["http-version"]],
  ["HTTP/2.0", `HTTP/2.0 200 OK\r\n${LENGTH}${BODY}`, ["http-version"]],
  ["two spaces before the status", `HTTP/1.1  200 OK\r\n${LENGTH}${BODY}`, ["status-line"], { reason: "OK" }],
  ["tabs around the status", `HTTP/1.1\t200\tOK\r\n${LENGTH}${BODY}`, ["status-line"], { reason: "OK" }],
  ["HTTP/1.2 and two spaces", `HTTP/1.2  200 OK\r\n${LENGTH}${BODY}`, ["http-version", "status-line"]],
  ["status 099", `HTTP/1.1 099 X\r\n${LENGTH}${BODY}`, ["status-line"], { status: 99 }],
  ["status 99", `HTTP/1.1 99 X\r\n${LENGTH}${BODY}`, ["status-line"], { status: 99 }],
  ["an empty line before the status line", `\r\n${OK}${LENGTH}${BODY}`, ["status-line"], { reason: "OK" }],
  [
    "empty lines of bare LF before the status line",
    `\n\n${OK}${LENGTH}${BODY}`,
    ["bare-lf", "status-line"],
    { reason: "OK" },
  ],
  [
    "control characters in the reason",
    `HTTP/1.1 200 a\x01b\0c\r\n${LENGTH}${BODY}`,
    ["control-character"],
    { reason: "a\x01b c" },
  ],
  [
    "lines of bare LF",
    "HTTP/1.1 200 OK\nX-a: 1\nContent-Length: 5\n\nhello",
    ["bare-lf"],
    { fields: ["X-a", "1", "Content-Length", "5"] },
  ],
  ["one line of bare LF", `${OK}X: 1\n${LENGTH}${BODY}`, ["bare-lf"], { fields: ["X", "1", "Content-Length", "5"] }],
  ["a bare LF as the empty line", `${OK}${LENGTH}\nhello`, ["bare-lf"]],
  [
    "control characters and DEL in values",
    `${OK}X: a\x01b\x1b[0m\r\nY: a\x7f\r\n${LENGTH}${BODY}`,
    ["control-character"],
    { fields: ["X", "a\x01b\x1b[0m", "Y", "a\x7f", "Content-Length", "5"] },
  ],
  [
    "NUL in a value becomes a space",
    `${OK}X: a\0b\r\n${LENGTH}${BODY}`,
    ["control-character"],
    { fields: ["X", "a b", "Content-Length", "5"] },
  ],
  [
    "folded lines become one, whatever they look like",
    `${OK}X: 1\r\n 2\r\n\t Content-Length: 9\r\n \r\n${LENGTH}${BODY}`,
    ["folded-line"],
    { fields: ["X", "1 2 Content-Length: 9", "Content-Length", "5"] },
  ],
  ["a folded length", `${OK}Content-Length:\r\n 5\r\n${BODY}`, ["folded-line"], { fields: ["Content-Length", "5"] }],
  ["a folded coding", `${OK}Transfer-Encoding:\r\n\tchunked\r\n\r\n${CHUNKS}`, ["folded-line"]],
  [
    "white space before a colon",
    `${OK}X : 1\r\nContent-Length\t: 5\r\n${BODY}`,
    ["space-before-colon"],
    { fields: ["X", "1", "Content-Length", "5"] },
  ],
  [
    "one length twice",
    `${OK}${LENGTH}X: 1\r\nCONTENT-LENGTH: 05\r\n${BODY}`,
    ["repeated-length"],
    { fields: ["Content-Length", "5", "X", "1"] },
  ],
  [
    "a list of equal lengths",
    `${OK}Content-Length: 5,5 ,\t5\r\n${BODY}`,
    ["repeated-length"],
    { fields: ["Content-Length", "5"] },
  ],
  ["a list of 130,000 equal lengths", `${OK}Content-Length: ${"5,".repeat(129_999)}5\r\n${BODY}`, ["repeated-length"]],
  [
    "a length with 30 digits",
    `${OK}Content-Length: ${"5".padStart(30, "0")}\r\n${BODY}`,
    [],
    { fields: ["Content-Length", "5"] },
  ],
  [
    "both a length and chunks: chunks win, the length is removed",
    `${OK}Content-Length: 3\r\nX: 1\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`,
    ["length-and-coding"],
    { fields: ["X", "1", "Transfer-Encoding", "chunked"] },
  ],
  [
    "HEAD with both",
    `${OK}Transfer-Encoding: chunked\r\n${LENGTH}\r\n`,
    ["length-and-coding"],
    { body: "", fields: ["Transfer-Encoding", "chunked"] },
    { isHead: true },
  ],
  ["chunks in HTTP/1.0", `HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`, ["coding-in-http10"]],
  [
    "chunks in HTTP/1.0 with keep-alive and a length",
    `HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n${LENGTH}Transfer-Encoding: chunked\r\n\r\n${CHUNKS}`,
    ["coding-in-http10", "length-and-coding"],
  ],
  [
    "empty members around chunked",
    `${OK}Transfer-Encoding: , chunked,\r\n\r\n${CHUNKS}`,
    ["coding-list"],
    { fields: ["Transfer-Encoding", "chunked"] },
  ],
  [
    "identity and a length",
    `${OK}Transfer-Encoding: identity\r\n${LENGTH}${BODY}`,
    ["coding-list"],
    { fields: ["Content-Length", "5"] },
  ],
  ["an empty coding and a length", `${OK}Transfer-Encoding:\r\n${LENGTH}${BODY}`, ["coding-list"]],
  ["white space after a chunk size", `${CHUNKED}5  \t\r\nhello\r\n0 \r\n\r\n`, ["chunk-padding"]],
  ["white space around an extension", `${CHUNKED}5 ; a = b\r\nhello\r\n0\r\n\r\n`, ["chunk-padding"]],
  ["a chunk size of 40 digits", `${CHUNKED}${"5".padStart(40, "0")}\r\nhello\r\n${"0".repeat(40)}\r\n\r\n`, []],
  ["chunk extensions that are none", `${CHUNKED}5;\r\nhello\r\n0;a(b\x01\0\r\n\r\n`, ["chunk-extension"]],
  ["chunk lines of bare LF", `${CHUNKED}5\nhello\n0\n\n`, ["bare-lf"]],
  ["a bare LF in an extension ends it", `${CHUNKED}5;a="b\nhello\r\n0\r\n\r\n`, ["bare-lf", "chunk-extension"]],
  [
    "extensions of 100 bytes with each of 200 chunks",
    `${CHUNKED}${`1;${"a".repeat(99)}\r\nx\r\n`.repeat(200)}0\r\n\r\n`,
    [],
    { body: "x".repeat(200) },
  ],
  [
    "folded trailers, and lines of bare LF",
    `${CHUNKED}5\r\nhello\r\n0\r\nX: 1\r\n 2\nY : \x01\n\n`,
    ["bare-lf", "folded-line", "space-before-colon", "control-character"],
    { trailers: ["X", "1 2", "Y", "\x01"] },
  ],
  [
    "trailer lines that are no fields are left out",
    `${CHUNKED}5\r\nhello\r\n0\r\n X: 1\r\nA: 1\r\nA B: 2\r\n 3\r\nA\r\n: 4\r\nB: 5\rC: 6\r\nD: 7\r\n\r\n`,
    ["invalid-trailer"],
    { trailers: ["A", "1", "D", "7"] },
  ],
  [
    "a response in place of trailers",
    `${CHUNKED}5\r\nhello\r\n0\r\nHTTP/1.1 200 OK\r\nX: 1\r\n\r\n`,
    ["invalid-trailer"],
    { trailers: ["X", "1"] },
  ],
  [
    "an interim response with bare LF",
    `HTTP/1.1 103 E\nLink: </x>\n\n${OK}${LENGTH}${BODY}`,
    ["bare-lf"],
    { fields: ["Content-Length", "5"] },
  ],
];

export const TOLERATED: readonly ResponseCase[] = ROWS.flatMap(([name, bytes, quirks, expected, options]) => {
  const reusable = quirks.length === 0;
  const outcome: ParseOutcome = { result: "ended", status: 200, body: "hello", extra: 0, reusable, ...expected };
  const withQuirks = reusable ? outcome : { ...outcome, quirks };
  return [
    { ...options, name, bytes, expected: withQuirks },
    {
      ...options,
      name: `${name}, and another response`,
      bytes: bytes + NEXT,
      expected: { ...withQuirks, extra: NEXT.length },
    },
  ];
});
