import type { Field } from "./raw-client.ts";

export interface PlannedRequest {
  readonly method: string;
  readonly target: string;
  readonly version: "1.0" | "1.1";
  readonly fields: readonly Field[];
  readonly body: Buffer | null;
  /** Sends the body in chunks of this size, with these trailers. */
  readonly chunkSize?: number;
  readonly trailers?: readonly Field[];
}

/** What one client does on a connection, and which status codes a direct call gives. */
export interface Exchange {
  readonly name: string;
  readonly requests: readonly PlannedRequest[];
  readonly statuses: readonly number[];
  /** Sends all requests before it reads. */
  readonly isPipelined: boolean;
  /** 1xx responses before the last final one, without 100 and 102. */
  readonly interim: readonly number[];
}

type Options = Partial<Omit<PlannedRequest, "method" | "target" | "fields">> & {
  readonly fields?: Readonly<Record<string, string>>;
};

function request(line: string, { fields = {}, ...rest }: Options = {}): PlannedRequest {
  const [method = "", target = ""] = line.split(" ");
  return { method, target, version: "1.1", body: null, ...rest, fields: Object.entries(fields) };
}

function exchange(
  name: string,
  requests: PlannedRequest | readonly PlannedRequest[],
  status: number,
  options: Partial<Exchange> = {},
): Exchange {
  const list = Array.isArray(requests) ? (requests as readonly PlannedRequest[]) : [requests as PlannedRequest];
  return { name, requests: list, statuses: list.map(() => status), isPipelined: false, interim: [], ...options };
}

/** Bytes of every value, which repeat at a length that divides no chunk. */
function bytes(length: number): Buffer {
  return Buffer.alloc(length, Buffer.from(Array.from({ length: 251 }, (_, index) => index)));
}

const KEEP_ALIVE_10 = { version: "1.0", fields: { Connection: "keep-alive" } } as const;
const EXPECT = { Expect: "100-continue" };
const MIB = 1_024 * 1_024;

/** What every client of a service does, over the paths of the programs in `apps/`. */
export const EXCHANGES: readonly Exchange[] = [
  exchange("GET with a Content-Length", request("GET /small"), 200),
  exchange("GET with a query and odd escapes", request("GET /small?a=%2f&b=%zz&c=%00&d"), 200),
  exchange("JSON", request("GET /json"), 200),
  exchange("2 MiB with a Content-Length", request("GET /large"), 200),
  exchange("chunks", request("GET /chunked"), 200),
  exchange("no bytes", request("GET /empty"), 200),
  exchange("204", request("GET /no-content"), 204),
  exchange("an ETag", request("GET /cached"), 200),
  exchange("304", request("GET /cached", { fields: { "If-None-Match": '"v1"' } }), 304),
  exchange("a byte range", request("GET /range", { fields: { Range: "bytes=10-19" } }), 206),
  exchange("a redirect", request("GET /redirect"), 302),
  exchange("three cookies and odd case", request("GET /cookies"), 200),
  exchange("gzip", request("GET /gzip", { fields: { "Accept-Encoding": "gzip" } }), 200),
  exchange("80 fields", request("GET /many-fields"), 200),
  exchange("401 without a body", request("GET /unauthorized"), 401),
  exchange("404", request("GET /nowhere"), 404),
  exchange("500", request("GET /error"), 500),
  exchange("a slow response", request("GET /slow"), 200),
  exchange("events with pauses", request("GET /events"), 200),
  exchange("HEAD", request("HEAD /small"), 200),
  exchange("HEAD of 2 MiB", request("HEAD /large"), 200),
  exchange("HEAD of chunks", request("HEAD /chunked"), 200),
  exchange("HEAD, then GET", [request("HEAD /large"), request("GET /small")], 200),
  exchange(
    "five requests in a row",
    Array.from({ length: 5 }, (_, index) => request(`GET /small?${index}`)),
    200,
  ),
  exchange("responses without a body in a row", [request("GET /no-content"), request("GET /small")], 204, {
    statuses: [204, 200],
  }),
  exchange("POST", request("POST /echo?x=1", { body: Buffer.from("a=1&b=2") }), 200),
  exchange("POST without bytes", request("POST /echo", { body: Buffer.alloc(0) }), 200),
  exchange("PUT of 2 MiB", request("PUT /echo", { body: bytes(2 * MIB) }), 200),
  exchange("PATCH", request("PATCH /echo", { body: bytes(1_000) }), 200),
  exchange("DELETE", request("DELETE /echo", { body: Buffer.alloc(0) }), 200),
  exchange("POST, then GET", [request("POST /echo", { body: bytes(70_000) }), request("GET /small")], 200),
  exchange("POST with Expect: 100-continue", request("POST /echo", { body: bytes(9_000), fields: EXPECT }), 200),
  exchange("Connection: close", request("GET /small", { fields: { Connection: "close" } }), 200),
  exchange("HTTP/1.0", request("GET /small", { version: "1.0" }), 200),
  exchange("HTTP/1.0 HEAD", request("HEAD /large", { version: "1.0" }), 200),
  exchange("HTTP/1.0 POST", request("POST /echo", { version: "1.0", body: bytes(5_000) }), 200),
  exchange(
    "HTTP/1.0 with keep-alive",
    [request("GET /small", KEEP_ALIVE_10), request("GET /json", KEEP_ALIVE_10)],
    200,
  ),
  exchange("OPTIONS", request("OPTIONS /nowhere"), 404),
];

/** Exchanges that only some servers understand; a server lists their names. */
export const EXTRAS = {
  chunkedUpload: exchange("POST in chunks", request("POST /echo", { body: bytes(300_000), chunkSize: 7_000 }), 200),
  uploadTrailers: exchange(
    "POST with trailers",
    request("POST /echo", { body: bytes(3_000), chunkSize: 999, trailers: [["x-sum", "abc"]] }),
    200,
  ),
  early413: exchange("413 before the body of 8 MiB", request("POST /reject", { body: bytes(8 * MIB) }), 413),
  early413Chunks: exchange(
    "413 before chunks of 8 MiB",
    request("POST /reject", { body: bytes(8 * MIB), chunkSize: 50_000 }),
    413,
  ),
  expect413: exchange(
    "413 with Expect: 100-continue",
    request("POST /reject", { body: bytes(MIB), fields: EXPECT }),
    413,
  ),
  reason: exchange("a status of its own", request("GET /unusual"), 299),
  latin1: exchange("obs-text in a value", request("GET /latin1"), 200),
  earlyHints: exchange("103, 102, 103 before 200", request("GET /early-hints"), 200, { interim: [103, 103] }),
  earlyHint: exchange("103 before 200", request("GET /early-hints"), 200, { interim: [103] }),
  trailers: exchange("trailers", request("GET /trailers"), 200),
  untilClose: exchange("a body until the connection closes", request("GET /until-close"), 200),
  pipelined: exchange(
    "pipelining",
    [request("GET /small"), request("HEAD /large"), request("GET /json"), request("GET /chunked")],
    200,
    { isPipelined: true },
  ),
  asterisk: exchange("OPTIONS *", request("OPTIONS *"), 200),
  http10Chunks: exchange("HTTP/1.0 without a length", request("GET /chunked", { version: "1.0" }), 200),
} as const satisfies Record<string, Exchange>;

export type ExtraName = keyof typeof EXTRAS;

/** The bytes of a request; the Host is the same for a direct call and through the proxy. */
export function encode({ method, target, version, fields, body, chunkSize, trailers = [] }: PlannedRequest): {
  readonly head: Buffer;
  readonly content: Buffer;
} {
  const framing: Field[] =
    body === null
      ? []
      : chunkSize === undefined
        ? [["Content-Length", String(body.length)]]
        : [["Transfer-Encoding", "chunked"], ...(trailers.length > 0 ? [["Trailer", "x-sum"] as const] : [])];
  const all: Field[] = [["Host", "service.test"], ...fields, ...framing];
  const lines = all.map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`${method} ${target} HTTP/${version}\r\n${lines.join("")}\r\n`, "latin1");
  return { head, content: body === null ? Buffer.alloc(0) : contentOf(body, chunkSize, trailers) };
}

function contentOf(body: Buffer, chunkSize: number | undefined, trailers: readonly Field[]): Buffer {
  if (chunkSize === undefined) return body;
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += chunkSize) {
    const chunk = body.subarray(at, at + chunkSize);
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n"));
  }
  const fields = trailers.map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([...parts, Buffer.from(`0\r\n${fields.join("")}\r\n`)]);
}
