/** A sequence of bytes that a client sends on one connection. */
export interface RequestAttack {
  readonly name: string;
  /** One character per byte. */
  readonly bytes: string;
  /** Requests that are forwarded. The next one, if there is one, is refused and ends the connection. */
  readonly forwarded: number;
}

/** Follows every attack. Where the attack is refused, it must reach no upstream. */
export const SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
const ASCII_CONTROLS = Array.from({ length: 0x20 }, (_, code) => String.fromCharCode(code)).filter(
  (control) => control !== "\t",
);

const head = (...lines: readonly string[]): string => `${lines.join("\r\n")}\r\n\r\n`;
const get = (...fields: readonly string[]): string => head("GET /get HTTP/1.1", "Host: h", ...fields);
const post = (...fields: readonly string[]): string => head("POST /post HTTP/1.1", "Host: h", ...fields);
const chunked = (body: string): string => `${post("Transfer-Encoding: chunked")}${body}`;

/** One attack for each variant; all are refused. */
function refused(family: string, variants: readonly string[], bytes: (variant: string) => string): RequestAttack[] {
  return variants.map((variant) => ({
    name: `${family}: ${JSON.stringify(variant)}`,
    bytes: bytes(variant),
    forwarded: 0,
  }));
}

/** One unusual but legal request for each variant; all are forwarded, and so is the request behind it. */
function legal(family: string, variants: readonly string[], bytes: (variant: string) => string): RequestAttack[] {
  return refused(family, variants, bytes).map((attack) => ({ ...attack, forwarded: 2 }));
}

/** RFC 9112 §6.2, §6.3: two readers of these lengths could disagree. */
const LENGTHS = [
  ["", "+3", "-3", "0x3", "3 3", "3,3", "3, 3", "3, 4", "3;", "3.0", "3e0", "1_0", "0b11", "0o3", "'3'", '"3"'],
  ["NaN", "Infinity", "three", "3\x0b", "3\x0c", "\x0b3", "3\x85", "\xa03", "\xd9\xa3", ",3", "3,", "$3", "3%"],
  ["9007199254740993", "18446744073709551619", "99999999999999999999999"],
].flat();
/** RFC 9112 §6.1: every coding other than a single `chunked` is refused. */
const CODINGS = [
  ["", "chunk", "xchunked", "chunkedx", "chunked x", "chunked;q=1", '"chunked"', "'chunked'", "\x0bchunked"],
  ["chunked\x0b", "\x0cchunked", "chunked\x85", "\xa0chunked", "ch\xfcnked", "identity", "none", "gzip", "deflate"],
  ["chunked, chunked", "chunked,chunked", "gzip, chunked", "chunked, gzip", "identity, chunked", "chunked, identity"],
  ["compress, chunked", "x, chunked", "trailers", "chunked\\", "chunked/1.0", "chunked=", "c\thunked", "[chunked]"],
].flat();
const CODING_FIELDS = [
  ["Transfer-Encoding : chunked", "Transfer-Encoding\t: chunked", " Transfer-Encoding: chunked"],
  ["\tTransfer-Encoding: chunked", "Transfer-Encoding\x0b: chunked", "Transfer-Encoding\0: chunked"],
  ["X: y\nTransfer-Encoding: chunked", "X: y\rTransfer-Encoding: chunked", "Transfer-Encoding:\r\n chunked"],
  [
    "Transfer-Encoding:\n chunked",
    "Transfer-Encoding",
    "Transfer-Encoding\r\n: chunked",
    "\x00Transfer-Encoding: chunked",
  ],
  [
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
  ],
].flat();
const SIZES = [
  ["", " ", "-1", "+5", "0x5", "5g", "g", "5 5", "5,5", "5.", "5\n", "5\r", "\n5", "\xb5", "\xef\xbc\x95", "5\0"],
  ["5\x0b", "5\x85", "5;", "5;;a", "5;=b", "5;a=", "5;a b", "5;a=\x01", '5;a="', '5;a="b"c', "5;\xe9=1", "5;a=\xe9\n"],
  ["ffffffffffffffff", "10000000000000005", "100000000000000000000005", "7fffffffffffffff"],
].flat();
const CHUNKED_BODIES = [
  [
    "5\r\nhelloX\r\n0\r\n\r\n",
    "5\r\nhell\r\n0\r\n\r\n",
    "5\r\nhello0\r\n\r\n",
    "5\r\nhello\n0\r\n\r\n",
    "5\r\nhello\r0\r\n\r\n",
  ],
  [
    "5\nhello\r\n0\r\n\r\n",
    "0\n\r\n",
    "0\r\n\n",
    "0\r\nX : 1\r\n\r\n",
    "0\r\n X: 1\r\n\r\n",
    "0\r\nX: 1\r\n 2\r\n\r\n",
  ],
  [
    "0\r\nX\r\n\r\n",
    "0\r\n: 1\r\n\r\n",
    "0\r\nX: \0\r\n\r\n",
    "0\r\nX: 1\n\r\n",
    "0\r\nX: 1\r\r\n\r\n",
    "0\r\nX(: 1\r\n\r\n",
  ],
].flat();
const NAME_DELIMITERS = Array.from('()<>@,;\\"/[]?={} \t\x7f\x80\xff').concat(ASCII_CONTROLS);
const HEADER_LINES = [
  ["no colon", ": no name", " : no name", "X-A", "X-A: 1\r\n folded", "X-A: 1\r\n\tfolded", "X-A: 1\r\n \r\nX-B: 2"],
  ["X-A: 1\nX-B: 2", "X-A: 1\rX-B: 2", "X-A: 1\r\r\nX-B: 2", "X-A\r: 1", "X-A\n: 1", "\r\rX-A: 1"],
].flat();
const REQUEST_LINES = [
  ["GET  / HTTP/1.1", "GET /  HTTP/1.1", " GET / HTTP/1.1", "GET\t/ HTTP/1.1", "GET /\tHTTP/1.1", "GET / HTTP/1.1 "],
  [
    "GET /",
    "GET / ",
    "GET",
    "/ HTTP/1.1",
    "GET / HTTP",
    "GET / HTTP/",
    "GET / HTTP/1",
    "GET / HTTP/1.",
    "GET / HTTP/.1",
  ],
  ["GET / http/1.1", "GET / Http/1.1", "GET / HTTP/1.10", "GET / HTTP/01.1", "GET / HTTP/1.1x", "GET / HTTP/2.0"],
  [
    "GET / HTTP/3.0",
    "GET / HTTP/0.9",
    "GET / HTTP/9.9",
    "GET / HTTP/1,1",
    "GET / HTTP 1.1",
    "GET / FTP/1.1",
    "GET / /1.1",
  ],
  [
    "GE(T / HTTP/1.1",
    "G\0ET / HTTP/1.1",
    "GE\x0bT / HTTP/1.1",
    '"GET" / HTTP/1.1',
    "G\xcbT / HTTP/1.1",
    "@ / HTTP/1.1",
  ],
  [
    "GET /a b HTTP/1.1",
    "GET /\0 HTTP/1.1",
    "GET /\x7f HTTP/1.1",
    "GET /\x1b HTTP/1.1",
    "GET /\xe9 HTTP/1.1",
    "GET a HTTP/1.1",
  ],
  ["GET ?a HTTP/1.1", "GET #a HTTP/1.1", "GET /#a HTTP/1.1", "GET * HTTP/1.1", "POST * HTTP/1.1", "GET h HTTP/1.1"],
  ["GET http:// HTTP/1.1", "GET http:///a HTTP/1.1", "GET http://evil/ HTTP/1.1", "GET http://h@evil/ HTTP/1.1"],
  [
    "GET http://u@h/ HTTP/1.1",
    "GET http://u:p@h/ HTTP/1.1",
    "GET http://h:99999/ HTTP/1.1",
    "GET http://h:81/ HTTP/1.1",
  ],
  ["GET http:h/ HTTP/1.1", "GET ftp://h/ HTTP/1.1", "GET file:///etc/passwd HTTP/1.1", "GET javascript:1 HTTP/1.1"],
  [
    "GET http://h HTTP/1.1\rX: y",
    "GET http://h\\evil/ HTTP/1.1",
    "GET http://[::1/ HTTP/1.1",
    "GET http://h#f HTTP/1.1",
  ],
  ["TRACE / HTTP/1.1", "CONNECT h:80 HTTP/1.1", "CONNECT / HTTP/1.1", "TRACE * HTTP/1.1", "PRI * HTTP/2.0"],
].flat();
const HOSTS = [
  [
    "",
    " ",
    "h,g",
    "h, g",
    "h g",
    "h\tg",
    "u@h",
    "h@",
    "@h",
    "h/",
    "/h",
    "h/p",
    "h?q",
    "h#f",
    "h\\g",
    "http://h",
    "h:x",
  ],
  ["h:-1", "h:80:80", "[::1", "::1]", "[::g]", "h\0", "h\x0bg", "h\xe9", "<h>", '"h"', "h|g", "h^", "h`", "h{}"],
  ["h\r\nHost: h", "h\r\nHost: evil", "h\r\nhOST: evil", "h%", "h%zz", "[h]"],
].flat();
const EXPECTATIONS = ["", "100", "100-continu", "200-ok", "100-continue, x", "x, 100-continue", "100-continue; q=1"];

const BODY = "abc";

/** Ambiguous or malformed requests by family, and some that only look so. */
export const REQUEST_ATTACKS: readonly RequestAttack[] = [
  ...refused("Content-Length", LENGTHS, (length) => `${post(`Content-Length: ${length}`)}${BODY}`),
  ...refused(
    "Content-Length, then another",
    ["4", "03", "0", ""],
    (length) => `${post("Content-Length: 3", `Content-Length: ${length}`)}${BODY}`,
  ),
  ...refused("Content-Length in GET", LENGTHS.slice(0, 8), (length) => `${get(`Content-Length: ${length}`)}${BODY}`),
  ...refused("Transfer-Encoding", CODINGS, (coding) => `${post(`Transfer-Encoding: ${coding}`)}0\r\n\r\n`),
  ...refused("a Transfer-Encoding line", CODING_FIELDS, (line) => `${post("Content-Length: 5", line)}0\r\n\r\n`),
  ...refused(
    "Transfer-Encoding with Content-Length",
    ["chunked", "Chunked", "CHUNKED", "gzip", "identity"],
    (coding) => `${post("Content-Length: 5", `Transfer-Encoding: ${coding}`)}0\r\n\r\n`,
  ),
  ...refused(
    "Content-Length after Transfer-Encoding",
    ["0", "5", "6", "-1"],
    (length) => `${post("Transfer-Encoding: chunked", `Content-Length: ${length}`)}0\r\n\r\n`,
  ),
  ...refused(
    "HTTP/1.0 with Transfer-Encoding",
    ["chunked", "identity", "gzip, chunked"],
    (coding) => `${head("POST / HTTP/1.0", "Host: h", `Transfer-Encoding: ${coding}`)}0\r\n\r\n`,
  ),
  ...refused("a chunk size", SIZES, (size) => chunked(`${size}\r\nhello\r\n0\r\n\r\n`)),
  ...refused("a chunked body", CHUNKED_BODIES, chunked),
  ...refused("a character in a field name", NAME_DELIMITERS, (character) => get(`X${character}A: 1`)),
  ...refused("a character in a field value", [...ASCII_CONTROLS, "\x7f"], (character) => get(`X-A: a${character}b`)),
  ...refused("a character in a Host", ASCII_CONTROLS, (character) => head("GET / HTTP/1.1", `Host: a${character}b`)),
  ...refused("a header line", HEADER_LINES, (line) => get(line)),
  ...refused("a header line that comes first", HEADER_LINES, (line) => head("GET / HTTP/1.1", line, "Host: h")),
  ...refused("a request line", REQUEST_LINES, (line) => head(line, "Host: h")),
  ...refused("Host", HOSTS, (host) => head("GET / HTTP/1.1", `Host: ${host}`)),
  ...refused("Host in HTTP/1.0", HOSTS.slice(2, 20), (host) => head("GET / HTTP/1.0", `Host: ${host}`)),
  ...refused("no Host", ["GET / HTTP/1.1", "GET http://h/ HTTP/1.1", "OPTIONS * HTTP/1.1"], (line) => head(line)),
  ...refused(
    "Expect",
    EXPECTATIONS.slice(1),
    (expectation) => `${post("Content-Length: 3", `Expect: ${expectation}`)}${BODY}`,
  ),
  ...refused(
    "other protocols",
    ["\x16\x03\x01\x02\x00\x01\x00\x01\xfc", "SSH-2.0-x\r\n", "EHLO h\r\n", "\0\0\0\0", "\xff\xfe"],
    (bytes) => `${bytes}\r\n\r\n`,
  ),
  // The length is in the name, so that a failure does not print the bytes.
  { name: "a head of 300 KB", bytes: get(`X-A: ${"a".repeat(300_000)}`), forwarded: 0 },
  { name: "a request line of 300 KB", bytes: head(`GET /${"a".repeat(300_000)} HTTP/1.1`, "Host: h"), forwarded: 0 },
  { name: "20,000 fields", bytes: get(...Array.from({ length: 20_000 }, (_, index) => `X-${index}: 1`)), forwarded: 0 },
  ...refused(
    "after a valid request, the line",
    REQUEST_LINES.slice(0, 12),
    (line) => get() + head(line, "Host: h"),
  ).map((attack) => ({ ...attack, forwarded: 1 })),
  ...legal(
    "a length",
    ["3", "03", "3\t", " 3 ", "0000000003"],
    (length) => `${post(`Content-Length: ${length}`)}${BODY}`,
  ),
  ...legal(
    "a coding",
    ["chunked", "Chunked", "CHUNKED", "\tchunked\t"],
    (coding) => `${post(`Transfer-Encoding: ${coding}`)}0\r\n\r\n`,
  ),
  ...legal("a chunk size", ["5", "05", "5;a", "5;a=b", '5;a="b;c"'], (size) =>
    chunked(`${size}\r\nhello\r\n0\r\n\r\n`),
  ),
  ...legal(
    "a field",
    ["X:1", "X:", "X: \t1", "Transfer_Encoding: chunked", "Content_Length: 9", "X-Content-Length: 9", "TE: chunked"],
    (field) => get(field),
  ),
  ...legal(
    "a request line",
    [
      "GET // HTTP/1.1",
      "GET /../.. HTTP/1.1",
      "GET /%00 HTTP/1.1",
      "GET /a\\b HTTP/1.1",
      "OPTIONS * HTTP/1.1",
      "GET http://h/ HTTP/1.1",
      "M-SEARCH / HTTP/1.1",
    ],
    (line) => head(line, "Host: h"),
  ),
  ...legal("Host", ["h:99999", "h:", "*", "h;g", "h=g", "h%2e", "H", "a_b", "[::1]:80", "127.0.0.1"], (host) =>
    head("GET / HTTP/1.1", `Host: ${host}`),
  ),
  { name: "1,000 empty lines", bytes: "\r\n".repeat(1_000) + get(), forwarded: 2 },
];
