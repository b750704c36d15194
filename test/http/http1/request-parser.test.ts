import { describe, expect, it } from "vitest";
import { seeded } from "../../lib/seeded.ts";
import { type ReadRequest, readRequests } from "./read-requests.ts";

const RANDOM_SPLITS = 20;
const LONGEST_PIECE = 40;
const HEAD_LIMIT = 16 * 1024;
/** Limit for the chunk extensions of a message. */
const EXTENSION_LIMIT = 16 * 1024;

const whole = (): number => Infinity;
const lines = (...all: string[]): string => `${all.join("\r\n")}\r\n\r\n`;
const GET = lines("GET /a HTTP/1.1", "Host: h");
const POST = ["POST /p HTTP/1.1", "Host: h"];
const CHUNKED = lines(...POST, "Transfer-Encoding: chunked");
const CHUNKED_FIELDS = ["Host", "h", "Transfer-Encoding", "chunked"];
/** Returns a head of this length. */
const headOf = (length: number): string => {
  const rest = lines("GET / HTTP/1.1", "Host: h", "X: ");
  return rest.replace("X: ", `X: ${"x".repeat(length - rest.length)}`);
};
const withFields = (count: number): string =>
  lines("GET / HTTP/1.1", "Host: h", ...Array.from({ length: count - 1 }, (_, index) => `X-${index}: 1`));
const extended = (length: number): string => `${CHUNKED}2;${"e".repeat(length)}\r\nab\r\n0\r\n\r\n`;

function request(more: Partial<ReadRequest> = {}): ReadRequest {
  return { method: "GET", target: "/a", isHttp10: false, fields: ["Host", "h"], body: "", trailers: [], ...more };
}
const posted = (body: string, fields = CHUNKED_FIELDS, trailers: string[] | null = []): ReadRequest =>
  request({ method: "POST", target: "/p", fields, body, trailers });

const ACCEPTED: readonly (readonly [name: string, bytes: string, requests: readonly ReadRequest[]])[] = [
  ["a request without a body", GET, [request()]],
  ["empty lines before a request", `\r\n\r\n${GET}`, [request()]],
  ["empty lines between requests", `${GET}\r\n\r\n${GET}\r\n`, [request(), request()]],
  ["a method of any token", lines("M-SEARCH! /a HTTP/1.1", "Host: h"), [request({ method: "M-SEARCH!" })]],
  ["HTTP/1.0 without Host", lines("GET /a HTTP/1.0"), [request({ isHttp10: true, fields: [] })]],
  ["OPTIONS *", lines("OPTIONS * HTTP/1.1", "Host: h"), [request({ method: "OPTIONS", target: "*" })]],
  [
    "white space around values, and names in any case",
    lines("GET /a HTTP/1.1", "hOST:\t h \t", "X-Empty:", "X-Inner: a \t b", "X-Latin: \xe9\xff"),
    [request({ fields: ["hOST", "h", "X-Empty", "", "X-Inner", "a \t b", "X-Latin", "\xe9\xff"] })],
  ],
  [
    "a body of known length, and a request after it",
    `${lines(...POST, "Content-Length: 7")}\r\n\0zz 0${GET}`,
    [posted("\r\n\0zz 0", ["Host", "h", "Content-Length", "7"]), request()],
  ],
  [
    "Content-Length with leading zeros",
    `${lines(...POST, "Content-Length: 0003")}abc${GET}`,
    [posted("abc", ["Host", "h", "Content-Length", "0003"]), request()],
  ],
  [
    "an empty body",
    `${lines(...POST, "Content-Length: 0")}${GET}`,
    [posted("", ["Host", "h", "Content-Length", "0"]), request()],
  ],
  [
    "an incomplete body",
    `${lines(...POST, "Content-Length: 9")}abc`,
    [posted("abc", ["Host", "h", "Content-Length", "9"], null)],
  ],
  ["an empty chunked body", `${CHUNKED}0\r\n\r\n${GET}`, [posted(""), request()]],
  ["chunks that contain line ends", `${CHUNKED}2\r\n\r\n\r\n3\r\n0\r\n\r\n0\r\n\r\n`, [posted("\r\n0\r\n")]],
  [
    "sizes in either case, with leading zeros",
    `${CHUNKED}00A\r\n0123456789\r\n0b\r\n0123456789a\r\n000\r\n\r\n${GET}`,
    [posted("01234567890123456789a"), request()],
  ],
  ["chunk extensions", `${CHUNKED}1;a\r\nx\r\n1;b="c;\\"";d\r\ny\r\n0;e=f\r\n\r\n${GET}`, [posted("xy"), request()]],
  [
    "white space around a chunk's size and in its extensions",
    `${CHUNKED}1 \r\nx\r\n1\t; a = b ; c ;d="e \t;"\t\r\ny\r\n0 ;f\r\n\r\n${GET}`,
    [posted("xy"), request()],
  ],
  ["extensions up to their limit", extended(EXTENSION_LIMIT - 1), [posted("ab")]],
  [
    "the name of the coding in capitals",
    `${CHUNKED.replace("chunked", "CHUNKED")}0\r\n\r\n`,
    [posted("", ["Host", "h", "Transfer-Encoding", "CHUNKED"])],
  ],
  [
    "trailers, and a request after them",
    `${CHUNKED}1\r\nx\r\n0\r\nA: 1\r\nb:\r\n\r\n${GET}`,
    [posted("x", CHUNKED_FIELDS, ["A", "1", "b", ""]), request()],
  ],
  ["an incomplete chunked body", `${CHUNKED}5\r\nabc`, [posted("abc", CHUNKED_FIELDS, null)]],
  ["a chunked body with incomplete trailers", `${CHUNKED}0\r\nA: 1\r\n`, [posted("", CHUNKED_FIELDS, null)]],
  [
    "nothing after the last request of a connection",
    `${lines("GET /a HTTP/1.1", "Host: h", "Connection: x, Close")}?`,
    [request({ fields: ["Host", "h", "Connection", "x, Close"] })],
  ],
  [
    "nothing after a request with close, whatever another field says",
    `${lines("GET /a HTTP/1.1", "Host: h", "Connection: close", "Connection: keep-alive")}?`,
    [request({ fields: ["Host", "h", "Connection", "close", "Connection", "keep-alive"] })],
  ],
  [
    "keep-alive in HTTP/1.0",
    `${lines("GET /a HTTP/1.0", "Connection: Keep-Alive")}${lines("GET /a HTTP/1.0")}?`,
    [request({ isHttp10: true, fields: ["Connection", "Keep-Alive"] }), request({ isHttp10: true, fields: [] })],
  ],
];

const REFUSED: readonly (readonly [name: string, bytes: string, status: number])[] = [
  ["a lone CR before a request", `\r${GET}`, 400],
  ["a lone LF before a request", `\n${GET}`, 400],
  ["a space before the method", ` ${GET}`, 400],
  ["two spaces in the request line", lines("GET  /a HTTP/1.1", "Host: h"), 400],
  ["a tab in the request line", lines("GET\t/a HTTP/1.1", "Host: h"), 400],
  ["a space after the version", lines("GET /a HTTP/1.1 ", "Host: h"), 400],
  ["no version", lines("GET /a", "Host: h"), 400],
  ["a version in lower case", lines("GET /a http/1.1", "Host: h"), 400],
  ["a version of two digits", lines("GET /a HTTP/1.10", "Host: h"), 400],
  ["HTTP/1.2", lines("GET /a HTTP/1.2", "Host: h"), 505],
  ["HTTP/3.0", lines("GET /a HTTP/3.0", "Host: h"), 505],
  ["a method that is not a token", lines("G(T /a HTTP/1.1", "Host: h"), 400],
  ["a non-breaking space in the target", lines("GET /a\xa0b HTTP/1.1", "Host: h"), 400],
  ["LF alone after the request line", GET.replace("\r\n", "\n"), 400],
  ["LF alone at the end of the head", GET.replace("\r\n\r\n", "\r\n\n"), 400],
  ["CR alone at the end of the head", `${GET.slice(0, -1)}x`, 400],
  ["a folded line", lines("GET /a HTTP/1.1", "Host: h", "\tx"), 400],
  ["a field without a colon", lines("GET /a HTTP/1.1", "Host: h", "X"), 400],
  ["a field without a name", lines("GET /a HTTP/1.1", "Host: h", ": x"), 400],
  ["DEL in a value", lines("GET /a HTTP/1.1", "Host: h", "X: \x7f"), 400],
  ["a name outside ASCII", lines("GET /a HTTP/1.1", "Host: h", "\xe9: 1"), 400],
  ["a length of 16 digits", lines(...POST, "Content-Length: 1000000000000000"), 400],
  ["a length in other digits", lines(...POST, "Content-Length: \xb2"), 400],
  ["an empty Transfer-Encoding", lines(...POST, "Transfer-Encoding:"), 501],
  ["chunked with a parameter", lines(...POST, "Transfer-Encoding: chunked;q=1"), 501],
  ["chunked after a comma", lines(...POST, "Transfer-Encoding: , chunked"), 501],
  ["a chunk's size in two parts", `${CHUNKED}1 0\r\n`, 400],
  ["a chunk extension without a name", `${CHUNKED}1;\r\nx\r\n`, 400],
  ["a chunk extension of white space", `${CHUNKED}1; \r\nx\r\n`, 400],
  ["an empty chunk extension before another", `${CHUNKED}1;;a\r\nx\r\n`, 400],
  ["a chunk extension with an empty value", `${CHUNKED}1;a=\r\nx\r\n`, 400],
  ["a chunk extension whose name is not a token", `${CHUNKED}1;a(b\r\nx\r\n`, 400],
  ["a chunk extension whose name has a space", `${CHUNKED}1;a b\r\nx\r\n`, 400],
  ["a chunk extension whose value is not a token", `${CHUNKED}1;a=b@c\r\nx\r\n`, 400],
  ["a chunk extension whose value has two parts", `${CHUNKED}1;a="b"c\r\nx\r\n`, 400],
  ["a chunk extension with an open quotation mark", `${CHUNKED}1;a="b\r\nx\r\n`, 400],
  ["a chunk extension that escapes its last quotation mark", `${CHUNKED}1;a="b\\"\r\nx\r\n`, 400],
  ["a space before a chunk's size", `${CHUNKED} 1\r\nx\r\n`, 400],
  ["a chunk's size with an underscore", `${CHUNKED}1_0\r\n`, 400],
  ["a size of 14 digits", `${CHUNKED}00000000000001\r\nx\r\n0\r\n\r\n`, 400],
  ["LF alone after the last chunk", `${CHUNKED}0\n\n`, 400],
  ["LF alone after the data of a chunk", `${CHUNKED}1\r\nx\n`, 400],
  ["LF in a chunk extension", `${CHUNKED}1;a\nx\r\n`, 400],
  ["extensions beyond their limit", extended(EXTENSION_LIMIT + 1), 413],
  ["a folded trailer", `${CHUNKED}0\r\nA: 1\r\n b\r\n\r\n`, 400],
  ["a length in the trailers", `${CHUNKED}0\r\ncontent-LENGTH: 1\r\n\r\n`, 400],
  ["a coding in the trailers", `${CHUNKED}0\r\nTransfer-Encoding: chunked\r\n\r\n`, 400],
  ["trailers beyond the limit for heads", `${CHUNKED}0\r\nX: ${"x".repeat(HEAD_LIMIT)}\r\n\r\n`, 431],
  ["garbage after a request", `${GET}\x16\x03\x01`, 400],
];

const cases = [...ACCEPTED, ...REFUSED].map(([name, bytes]) => [name, bytes] as const);

describe("RequestParser", () => {
  it.each(ACCEPTED)("reads %s", (_name, bytes, requests) => {
    expect(readRequests(bytes, whole)).toMatchObject({ requests, refused: 0, isInHead: false });
  });

  it.each(REFUSED)("refuses %s", (_name, bytes, status) => {
    expect(readRequests(bytes, whole)).toMatchObject({ refused: status });
  });

  it.each(cases)("reads the same byte by byte and cut in two anywhere: %s", (_name, bytes) => {
    const expected = readRequests(bytes, whole);
    expect(readRequests(bytes, () => 1)).toEqual(expected);
    // For long inputs only the cuts near both ends.
    const cuts = Array.from({ length: bytes.length }, (_, at) => at).filter(
      (at) => at < 300 || at > bytes.length - 100,
    );
    for (const cut of cuts) {
      let first = true;
      const sizes = (): number => {
        const size = first ? Math.max(1, cut) : Infinity;
        first = false;
        return size;
      };
      expect([cut, readRequests(bytes, sizes)]).toEqual([cut, expected]);
    }
  });

  it.each(cases)("reads the same in pieces of any size, and if bodies are taken at once: %s", (_name, bytes) => {
    const expected = readRequests(bytes, whole);
    const random = seeded(bytes.length);
    expect(readRequests(bytes, whole, true)).toEqual(expected);
    for (let split = 0; split < RANDOM_SPLITS; split += 1) {
      expect(readRequests(bytes, () => 1 + Math.floor(random() * LONGEST_PIECE), split % 2 === 0)).toEqual(expected);
    }
  });

  it.each([
    ["a head of 16 KiB", headOf(HEAD_LIMIT), 0],
    ["a head of 16 KiB and a byte", headOf(HEAD_LIMIT + 1), 431],
    ["an unfinished request line of 17 KiB", `GET /${"a".repeat(17 * 1024)}`, 431],
    ["1,000 fields", withFields(1_000), 0],
    ["1,001 fields", withFields(1_001), 431],
  ])("enforces the limits: %s", (_name, bytes, status) => {
    for (const size of [Infinity, 1_000, 1]) expect(readRequests(bytes, () => size).refused).toBe(status);
  });

  it("knows that a head has begun, even by an incomplete empty line", () => {
    const begun = ["", "\r", "\r\n", "\r\nG", GET.slice(0, -1), GET, `${GET}\r`, `${CHUNKED}0\r\nA: `];
    expect(begun.map((bytes) => readRequests(bytes, whole).isInHead)).toEqual([
      false,
      true,
      false,
      true,
      true,
      false,
      true,
      false,
    ]);
  });
});
