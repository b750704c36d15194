/** A response that is unusual or malformed in one way, one character per byte. */
export interface QuirkCase {
  /** For the table. */
  readonly name: string;
  readonly bytes: string;
  /** Default: GET. */
  readonly method?: "GET" | "HEAD";
  /** The server leaves the connection open afterwards. */
  readonly staysOpen?: true;
  /** What the client should get. Default: status 200 with the body `hello`. */
  readonly expected?: { readonly status?: number; readonly body?: string };
}

/** The rows of the table that belong to one part of a response. */
export interface QuirkGroup {
  readonly title: string;
  readonly cases: readonly QuirkCase[];
}

const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const CHUNKS = "5\r\nhello\r\n0\r\n\r\n";
const LENGTH = "Content-Length: 5\r\n";
const BODY = "\r\nhello";
const NOTHING = { body: "" };

function statusLine(line: string): string {
  return `${line}\r\n${LENGTH}${BODY}`;
}

/** A complete response with these field lines. */
function withFields(fields: string): string {
  return `${OK}${fields}\r\n${LENGTH}${BODY}`;
}

/** A response with a body in chunks and a Transfer-Encoding of this value. */
function coded(value: string, before = OK): string {
  return `${before}Transfer-Encoding: ${value}\r\n\r\n${CHUNKS}`;
}

function chunked(body: string): string {
  return `${CHUNKED}${body}`;
}

const STATUS_LINES: QuirkGroup = {
  title: "Status line",
  cases: [
    { name: "version `HTTP/1.2`", bytes: statusLine("HTTP/1.2 200 OK") },
    { name: "version `HTTP/1.9`", bytes: statusLine("HTTP/1.9 200 OK") },
    { name: "version `HTTP/1.10`", bytes: statusLine("HTTP/1.10 200 OK") },
    { name: "version `HTTP/2.0`", bytes: statusLine("HTTP/2.0 200 OK") },
    { name: "version `HTTP/0.9`", bytes: statusLine("HTTP/0.9 200 OK") },
    { name: "version `http/1.1` in lower case", bytes: statusLine("http/1.1 200 OK") },
    { name: "protocol `ICY`", bytes: statusLine("ICY 200 OK") },
    { name: "no status line (HTTP/0.9)", bytes: "hello" },
    { name: "no reason, with its space", bytes: statusLine("HTTP/1.1 200 ") },
    { name: "no reason and no space", bytes: statusLine("HTTP/1.1 200") },
    { name: "no space before the reason", bytes: statusLine("HTTP/1.1 200OK") },
    { name: "two spaces before the status", bytes: statusLine("HTTP/1.1  200 OK") },
    { name: "a tab before the status", bytes: statusLine("HTTP/1.1\t200 OK") },
    { name: "a tab after the status", bytes: statusLine("HTTP/1.1 200\tOK") },
    { name: "bytes outside ASCII in the reason", bytes: statusLine("HTTP/1.1 200 Tr\xe8s bien") },
    { name: "a control character in the reason", bytes: statusLine("HTTP/1.1 200 O\x01K") },
    { name: "NUL in the reason", bytes: statusLine("HTTP/1.1 200 O\0K") },
    { name: "a bare CR in the reason", bytes: statusLine("HTTP/1.1 200 O\rK") },
    { name: "status 099", bytes: statusLine("HTTP/1.1 099 X"), expected: { status: 99 } },
    { name: "status 99", bytes: statusLine("HTTP/1.1 99 X"), expected: { status: 99 } },
    { name: "status 000", bytes: statusLine("HTTP/1.1 000 X"), expected: { status: 0 } },
    { name: "status 299", bytes: statusLine("HTTP/1.1 299 X"), expected: { status: 299 } },
    { name: "status 600", bytes: statusLine("HTTP/1.1 600 X"), expected: { status: 600 } },
    { name: "status 999", bytes: statusLine("HTTP/1.1 999 X"), expected: { status: 999 } },
    { name: "status 1000", bytes: statusLine("HTTP/1.1 1000 X"), expected: { status: 1000 } },
    { name: "status `2xx`", bytes: statusLine("HTTP/1.1 2xx OK") },
    { name: "status `20`", bytes: statusLine("HTTP/1.1 20 OK"), expected: { status: 20 } },
    { name: "status `-200`", bytes: statusLine("HTTP/1.1 -200 OK") },
    { name: "an empty line before the status line", bytes: `\r\n${withFields("A: b")}` },
    { name: "three empty lines before the status line", bytes: `\r\n\r\n\r\n${withFields("A: b")}` },
    { name: "a bare LF before the status line", bytes: `\n${withFields("A: b")}` },
    { name: "a space before the status line", bytes: ` ${withFields("A: b")}` },
  ],
};

const LINES: QuirkGroup = {
  title: "Lines, names and values",
  cases: [
    { name: "every line ends with a bare LF", bytes: `HTTP/1.1 200 OK\nContent-Length: 5\n\nhello` },
    { name: "the status line ends with a bare LF", bytes: `HTTP/1.1 200 OK\n${LENGTH}${BODY}` },
    { name: "one field line ends with a bare LF", bytes: `${OK}X-A: b\n${LENGTH}${BODY}` },
    { name: "the empty line is a bare LF", bytes: `${OK}${LENGTH}\nhello` },
    { name: "a line ends with CR CR LF", bytes: withFields("X-A: b\r") },
    { name: "a folded line (obs-fold)", bytes: withFields("X-A: b\r\n c") },
    { name: "a line folded with a tab", bytes: withFields("X-A: b\r\n\tc") },
    { name: "a folded line after a bare LF", bytes: withFields("X-A: b\n c") },
    { name: "a folded line that looks like a field", bytes: withFields("X-A: b\r\n Content-Length: 9") },
    { name: "a folded first line", bytes: withFields(" X-A: b") },
    { name: "a folded line without text", bytes: withFields("X-A: b\r\n ") },
    { name: "a space before the colon", bytes: withFields("X-A : b") },
    { name: "a tab before the colon", bytes: withFields("X-A\t: b") },
    { name: "a space before the colon of Content-Length", bytes: `${OK}Content-Length : 5\r\n${BODY}` },
    {
      name: "a space before the colon of Transfer-Encoding",
      bytes: `${OK}Transfer-Encoding : chunked\r\n\r\n${CHUNKS}`,
    },
    { name: "no space after the colon", bytes: withFields("X-A:b") },
    { name: "an empty name", bytes: withFields(": b") },
    { name: "a line without a colon", bytes: withFields("X-A") },
    { name: "a space inside a name", bytes: withFields("X A: b") },
    { name: "a slash in a name", bytes: withFields("X/A: b") },
    { name: "a name in parentheses", bytes: withFields("(X): b") },
    { name: "bytes outside ASCII in a name", bytes: withFields("X-\xe9: b") },
    { name: "a control character in a name", bytes: withFields("X\x01A: b") },
    { name: "NUL in a name", bytes: withFields("X\0A: b") },
    { name: "a control character in a value", bytes: withFields("X-A: a\x01b\x1b[0m") },
    { name: "DEL in a value", bytes: withFields("X-A: a\x7fb") },
    { name: "bytes outside ASCII in a value", bytes: withFields("X-A: a\x80\xe9\xffb") },
    { name: "NUL in a value", bytes: withFields("X-A: a\0b") },
    { name: "a bare CR in a value", bytes: withFields("X-A: a\rb") },
    { name: "a vertical tab and a form feed in a value", bytes: withFields("X-A: a\x0b\x0cb") },
    { name: "an empty value", bytes: withFields("X-A:") },
    { name: "an underscore in a name", bytes: withFields("X_A: b") },
    { name: "Content-Type twice", bytes: withFields("Content-Type: text/plain\r\nContent-Type: text/html") },
    { name: "Location with spaces and bytes outside ASCII", bytes: withFields("Location: /a b\xc3\xa9") },
  ],
};

const LENGTHS: QuirkGroup = {
  title: "Content-Length",
  cases: [
    { name: "twice, equal", bytes: `${OK}${LENGTH}${LENGTH}${BODY}` },
    { name: "three times, equal", bytes: `${OK}${LENGTH.repeat(3)}${BODY}` },
    { name: "a list of equal numbers, `5, 5`", bytes: `${OK}Content-Length: 5, 5\r\n${BODY}` },
    { name: "a list of equal numbers, `5,5`", bytes: `${OK}Content-Length: 5,5\r\n${BODY}` },
    { name: "a list with an empty member, `5,`", bytes: `${OK}Content-Length: 5,\r\n${BODY}` },
    { name: "twice, different", bytes: `${OK}${LENGTH}Content-Length: 6\r\n${BODY}` },
    { name: "a list of different numbers", bytes: `${OK}Content-Length: 5, 6\r\n${BODY}` },
    { name: "twice, `5` and `05`", bytes: `${OK}${LENGTH}Content-Length: 05\r\n${BODY}` },
    { name: "`05`", bytes: `${OK}Content-Length: 05\r\n${BODY}` },
    { name: "16 digits with zeros", bytes: `${OK}Content-Length: 0000000000000005\r\n${BODY}` },
    { name: "30 digits with zeros", bytes: `${OK}Content-Length: ${"5".padStart(30, "0")}\r\n${BODY}` },
    { name: "`+5`", bytes: `${OK}Content-Length: +5\r\n${BODY}` },
    { name: "`-5`", bytes: `${OK}Content-Length: -5\r\n${BODY}` },
    { name: "`0x5`", bytes: `${OK}Content-Length: 0x5\r\n${BODY}` },
    { name: "`5 5`", bytes: `${OK}Content-Length: 5 5\r\n${BODY}` },
    { name: "`5;`", bytes: `${OK}Content-Length: 5;\r\n${BODY}` },
    { name: "`5.0`", bytes: `${OK}Content-Length: 5.0\r\n${BODY}` },
    { name: "empty", bytes: `${OK}Content-Length:\r\n${BODY}` },
    { name: "2^63", bytes: `${OK}Content-Length: 9223372036854775808\r\n${BODY}` },
    { name: "white space around the number", bytes: `${OK}Content-Length: \t 5 \t\r\n${BODY}` },
    { name: "missing, the connection closes", bytes: `${OK}\r\nhello` },
    {
      name: "missing, `Connection: keep-alive`, the connection closes",
      bytes: `${OK}Connection: keep-alive\r\n\r\nhello`,
    },
    { name: "larger than the body, the connection closes", bytes: `${OK}Content-Length: 9\r\n${BODY}` },
    { name: "smaller than the body", bytes: `${OK}${LENGTH}${BODY}world` },
  ],
};

const CODINGS: QuirkGroup = {
  title: "Transfer-Encoding",
  cases: [
    { name: "`Chunked`", bytes: coded("Chunked") },
    { name: "`chunked,`", bytes: coded("chunked,") },
    { name: "`,chunked`", bytes: coded(",chunked") },
    { name: "`chunked` with white space around it", bytes: coded("\t chunked \t") },
    { name: "`chunked`, twice", bytes: coded("chunked\r\nTransfer-Encoding: chunked") },
    { name: "`identity` and `chunked` in two lines", bytes: coded("identity\r\nTransfer-Encoding: chunked") },
    { name: "`chunked, chunked`", bytes: coded("chunked, chunked") },
    { name: "`gzip, chunked`", bytes: coded("gzip, chunked") },
    { name: "`chunked, gzip`", bytes: coded("chunked, gzip") },
    { name: "`identity`, with a length", bytes: `${OK}Transfer-Encoding: identity\r\n${LENGTH}${BODY}` },
    { name: "`identity`, the connection closes", bytes: `${OK}Transfer-Encoding: identity\r\n\r\nhello` },
    { name: "`identity, chunked`", bytes: coded("identity, chunked") },
    { name: "`chunked, identity`", bytes: coded("chunked, identity") },
    { name: "`chunked;q=1`", bytes: coded("chunked;q=1") },
    { name: '`"chunked"`', bytes: coded('"chunked"') },
    { name: "`xchunked`", bytes: coded("xchunked") },
    { name: "empty, with a length", bytes: `${OK}Transfer-Encoding:\r\n${LENGTH}${BODY}` },
    { name: "empty, with chunks", bytes: coded("") },
    { name: "`chunked`, folded", bytes: coded("\r\n chunked") },
    { name: "with Content-Length", bytes: `${OK}${LENGTH}Transfer-Encoding: chunked\r\n\r\n${CHUNKS}` },
    { name: "before Content-Length", bytes: `${OK}Transfer-Encoding: chunked\r\n${LENGTH}\r\n${CHUNKS}` },
    {
      name: "with a wrong Content-Length",
      bytes: `${OK}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`,
    },
    {
      name: "with an invalid Content-Length",
      bytes: `${OK}Content-Length: x\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`,
    },
    { name: "in HTTP/1.0", bytes: coded("chunked", "HTTP/1.0 200 OK\r\n") },
    { name: "in HTTP/1.0 with keep-alive", bytes: coded("chunked", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n") },
    { name: "in HTTP/1.0 with Content-Length", bytes: coded("chunked", `HTTP/1.0 200 OK\r\n${LENGTH}`) },
  ],
};

const CHUNK_FRAMING: QuirkGroup = {
  title: "Chunks",
  cases: [
    { name: "spaces after the size", bytes: chunked("5   \r\nhello\r\n0   \r\n\r\n") },
    { name: "a tab after the size", bytes: chunked("5\t\r\nhello\r\n0\t\r\n\r\n") },
    { name: "a space before the size", bytes: chunked(" 5\r\nhello\r\n 0\r\n\r\n") },
    { name: "a size of 16 digits with zeros", bytes: chunked("0000000000000005\r\nhello\r\n0\r\n\r\n") },
    { name: "a size of 17 digits with zeros", bytes: chunked("00000000000000005\r\nhello\r\n0\r\n\r\n") },
    { name: "a size of 40 digits with zeros", bytes: chunked(`${"5".padStart(40, "0")}\r\nhello\r\n0\r\n\r\n`) },
    { name: "a last chunk of 16 zeros", bytes: chunked("5\r\nhello\r\n0000000000000000\r\n\r\n") },
    { name: "a size in lower case", bytes: chunked("a\r\nhellohello\r\n0\r\n\r\n"), expected: { body: "hellohello" } },
    { name: "a size in upper case", bytes: chunked("A\r\nhellohello\r\n0\r\n\r\n"), expected: { body: "hellohello" } },
    { name: "`0x5`", bytes: chunked("0x5\r\nhello\r\n0\r\n\r\n") },
    { name: "`+5`", bytes: chunked("+5\r\nhello\r\n0\r\n\r\n") },
    { name: "`-5`", bytes: chunked("-5\r\nhello\r\n0\r\n\r\n") },
    { name: "2^64 + 5", bytes: chunked("10000000000000005\r\nhello\r\n0\r\n\r\n") },
    { name: "an empty size", bytes: chunked("\r\nhello\r\n0\r\n\r\n") },
    { name: "extension `;a=b`", bytes: chunked("5;a=b\r\nhello\r\n0\r\n\r\n") },
    { name: "extension ` ; a = b`", bytes: chunked("5 ; a = b\r\nhello\r\n0\r\n\r\n") },
    { name: "extension `;`", bytes: chunked("5;\r\nhello\r\n0;\r\n\r\n") },
    { name: "extension with a name that is not a token", bytes: chunked("5;a(b=c\r\nhello\r\n0\r\n\r\n") },
    { name: "extension with a control character", bytes: chunked("5;a\x01b\r\nhello\r\n0\r\n\r\n") },
    { name: "extension with an unfinished quoted string", bytes: chunked('5;a="b\r\nhello\r\n0\r\n\r\n') },
    { name: "extension with a bare LF in quotes", bytes: chunked('5;a="b\nhello\r\n0\r\n\r\n') },
    { name: "extension with a bare CR", bytes: chunked("5;a\rb\r\nhello\r\n0\r\n\r\n") },
    { name: "text after the size without `;`", bytes: chunked("5 a\r\nhello\r\n0\r\n\r\n") },
    { name: "every line ends with a bare LF", bytes: chunked("5\nhello\n0\n\n") },
    { name: "the size line ends with a bare LF", bytes: chunked("5\nhello\r\n0\r\n\r\n") },
    { name: "the chunk ends with a bare LF", bytes: chunked("5\r\nhello\n0\r\n\r\n") },
    { name: "the size line ends with a bare CR", bytes: chunked("5\rhello\r\n0\r\n\r\n") },
    { name: "a chunk longer than its size", bytes: chunked("4\r\nhello\r\n0\r\n\r\n") },
    { name: "no CRLF after the last chunk, the connection closes", bytes: chunked("5\r\nhello\r\n0\r\n") },
    { name: "no line end after the last `0`, the connection closes", bytes: chunked("5\r\nhello\r\n0") },
    { name: "no last chunk, the connection closes", bytes: chunked("5\r\nhello\r\n") },
    { name: "bytes after the last chunk", bytes: chunked("5\r\nhello\r\n0\r\n\r\nextra") },
    { name: "trailers", bytes: chunked("5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n") },
    { name: "a trailer named Content-Length", bytes: chunked("5\r\nhello\r\n0\r\nContent-Length: 1\r\n\r\n") },
    { name: "a trailer with a space in its name", bytes: chunked("5\r\nhello\r\n0\r\nX T: 1\r\n\r\n") },
    { name: "a trailer without a colon", bytes: chunked("5\r\nhello\r\n0\r\nX\r\n\r\n") },
    { name: "a trailer that ends with a bare LF", bytes: chunked("5\r\nhello\r\n0\r\nX-T: 1\n\r\n") },
    { name: "a folded trailer", bytes: chunked("5\r\nhello\r\n0\r\nX-T: 1\r\n 2\r\n\r\n") },
    { name: "a control character in a trailer", bytes: chunked("5\r\nhello\r\n0\r\nX-T: a\x01b\r\n\r\n") },
  ],
};

const INTERIM = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n";

const INTERIMS: QuirkGroup = {
  title: "Interim responses",
  cases: [
    { name: "103", bytes: `${INTERIM}${withFields("A: b")}` },
    { name: "100 without being asked", bytes: `HTTP/1.1 100 Continue\r\n\r\n${withFields("A: b")}` },
    { name: "25 × 102", bytes: `${"HTTP/1.1 102 Processing\r\n\r\n".repeat(25)}${withFields("A: b")}` },
    { name: "1,000 × 102", bytes: `${"HTTP/1.1 102 Processing\r\n\r\n".repeat(1_000)}${withFields("A: b")}` },
    { name: "199", bytes: `HTTP/1.1 199 X\r\n\r\n${withFields("A: b")}` },
    {
      name: "103 with Content-Length, without a body",
      bytes: `HTTP/1.1 103 X\r\nContent-Length: 5\r\n\r\n${withFields("A: b")}`,
    },
    { name: "103 with a body", bytes: `HTTP/1.1 103 X\r\nContent-Length: 5\r\n\r\nhello${withFields("A: b")}` },
    {
      name: "101 without being asked",
      bytes: "HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nhello",
    },
    { name: "103 in HTTP/1.0", bytes: `HTTP/1.0 103 X\r\n\r\n${withFields("A: b")}` },
    { name: "only 103, the connection closes", bytes: INTERIM },
  ],
};

/** A head of this many bytes in one field. */
function headOf(bytes: number): string {
  return withFields(`X-A: ${"a".repeat(bytes)}`);
}

const SIZES: QuirkGroup = {
  title: "Size",
  cases: [
    { name: "a head of 20 KB", bytes: headOf(20_000) },
    { name: "a head of 65 KB", bytes: headOf(66_000) },
    {
      name: "a head of 120 KB in fields of 12 KB",
      bytes: withFields(Array.from({ length: 10 }, (_, index) => `X-${index}: ${"a".repeat(12_000)}`).join("\r\n")),
    },
    { name: "a head of 200 KB", bytes: headOf(200_000) },
    { name: "a head of 300 KB", bytes: headOf(300_000) },
    { name: "150 fields", bytes: withFields(fieldLines(150)) },
    { name: "3,000 fields", bytes: withFields(fieldLines(3_000)) },
    { name: "trailers of 65 KB", bytes: chunked(`5\r\nhello\r\n0\r\nX-T: ${"a".repeat(66_000)}\r\n\r\n`) },
    { name: "a chunk extension of 20 KB", bytes: chunked(`5;${"a".repeat(20_000)}\r\nhello\r\n0\r\n\r\n`) },
    { name: "a chunk extension of 100 KB", bytes: chunked(`5;${"a".repeat(100_000)}\r\nhello\r\n0\r\n\r\n`) },
    {
      name: "a chunk size of 20,000 digits with zeros",
      bytes: chunked(`${"5".padStart(20_000, "0")}\r\nhello\r\n0\r\n\r\n`),
    },
    { name: "a reason of 20 KB", bytes: statusLine(`HTTP/1.1 200 ${"a".repeat(20_000)}`) },
    {
      name: "2,000 chunks of one byte, an extension of 30 bytes each",
      bytes: chunked(`${`1;${"a".repeat(30)}\r\nx\r\n`.repeat(2_000)}0\r\n\r\n`),
      expected: { body: "x".repeat(2_000) },
    },
  ],
};

function fieldLines(count: number): string {
  return Array.from({ length: count }, (_, index) => `X-${index}: b`).join("\r\n");
}

const BODIES: QuirkGroup = {
  title: "Body and end",
  cases: [
    {
      name: "204 with Content-Length",
      bytes: `HTTP/1.1 204 No Content\r\n${LENGTH}\r\n`,
      expected: { status: 204, body: "" },
    },
    {
      name: "204 with a body",
      bytes: `HTTP/1.1 204 No Content\r\n${LENGTH}${BODY}`,
      expected: { status: 204, body: "" },
    },
    {
      name: "204 with chunks",
      bytes: coded("chunked", "HTTP/1.1 204 No Content\r\n"),
      expected: { status: 204, body: "" },
    },
    {
      name: "304 with Content-Length",
      bytes: `HTTP/1.1 304 Not Modified\r\n${LENGTH}\r\n`,
      expected: { status: 304, body: "" },
    },
    {
      name: "304 with a body",
      bytes: `HTTP/1.1 304 Not Modified\r\n${LENGTH}${BODY}`,
      expected: { status: 304, body: "" },
    },
    { name: "HEAD with Content-Length", bytes: `${OK}${LENGTH}\r\n`, method: "HEAD", expected: NOTHING },
    { name: "HEAD with `Transfer-Encoding: chunked`", bytes: CHUNKED, method: "HEAD", expected: NOTHING },
    {
      name: "HEAD with different lengths",
      bytes: `${OK}${LENGTH}Content-Length: 6\r\n\r\n`,
      method: "HEAD",
      expected: NOTHING,
    },
    { name: "HEAD with a body", bytes: `${OK}${LENGTH}${BODY}`, method: "HEAD", expected: NOTHING },
    { name: "HEAD with equal lengths twice", bytes: `${OK}${LENGTH}${LENGTH}\r\n`, method: "HEAD", expected: NOTHING },
    {
      name: "HEAD with both length and coding",
      bytes: `${OK}${LENGTH}Transfer-Encoding: chunked\r\n\r\n`,
      method: "HEAD",
      expected: NOTHING,
    },
    { name: "205 with a body", bytes: `HTTP/1.1 205 Reset\r\n${LENGTH}${BODY}`, expected: { status: 205 } },
    { name: "a second response after the first", bytes: `${OK}${LENGTH}${BODY}${OK}Content-Length: 8\r\n\r\nsmuggled` },
    { name: "a CRLF after the body", bytes: `${OK}${LENGTH}${BODY}\r\n`, staysOpen: true },
    { name: "the connection closes inside the head", bytes: `${OK}X-A: b\r\n` },
    { name: "the connection closes without a byte", bytes: "" },
    { name: "`Connection: close` and `keep-alive`", bytes: withFields("Connection: close, keep-alive") },
    { name: "`Connection: Content-Length`", bytes: withFields("Connection: Content-Length") },
    { name: "`Connection` with an invalid member", bytes: withFields("Connection: a b, (c)") },
    { name: "an invalid Date", bytes: withFields("Date: yesterday") },
    { name: "Upgrade without 101", bytes: withFields("Connection: upgrade\r\nUpgrade: h2c") },
  ],
};

export const QUIRK_GROUPS: readonly QuirkGroup[] = [
  STATUS_LINES,
  LINES,
  LENGTHS,
  CODINGS,
  CHUNK_FRAMING,
  INTERIMS,
  SIZES,
  BODIES,
];
