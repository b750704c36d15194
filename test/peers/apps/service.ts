/** The service of the peers on `node:http`, or on `node:https` with a certificate: PORT [CERTIFICATE KEY]. */
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";

const LARGE = Buffer.alloc(2 * 1024 * 1024, Buffer.from(Array.from({ length: 256 }, (_, index) => index)));
const SMALL = "hello\n";
const PACKED = gzipSync(LARGE.subarray(0, 65_536));
const TEXT = ["Content-Type", "text/plain; charset=utf-8"];
const BINARY = ["Content-Type", "application/octet-stream"];
const ETAG = '"v1"';
/** Shorter than the time that any proxy keeps an idle connection. */
const KEEP_ALIVE_MS = 1_000;

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

function send(
  response: ServerResponse,
  status: number,
  fields: string[],
  body: string | Buffer,
  reason?: string,
): void {
  const all = [...fields, "Content-Length", String(Buffer.byteLength(body))];
  if (reason === undefined) response.writeHead(status, all);
  else response.writeHead(status, reason, all);
  response.end(body);
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  "/small": (_, response) => send(response, 200, TEXT, SMALL),
  "/json": (_, response) =>
    send(response, 200, ["Content-Type", "application/json"], '{"items":[1,2.50,"three"],"total":1e2}'),
  "/large": (_, response) => send(response, 200, BINARY, LARGE),
  "/empty": (_, response) => send(response, 200, TEXT, ""),
  "/chunked": async (_, response) => {
    response.writeHead(200, TEXT);
    for (let number = 0; number < 50; number += 1) {
      response.write(`chunk ${number}\n`.repeat(number + 1));
      if (number % 10 === 0) await delay(1);
    }
    response.end();
  },
  "/events": async (_, response) => {
    response.writeHead(200, ["Content-Type", "text/event-stream", "Cache-Control", "no-cache"]);
    for (let number = 0; number < 4; number += 1) {
      await delay(30);
      response.write(`id: ${number}\ndata: tick ${number}\n\n`);
    }
    response.end();
  },
  "/slow": async (_, response) => {
    await delay(250);
    send(response, 200, TEXT, SMALL);
  },
  "/no-content": (_, response) => response.writeHead(204, ["X-Kept", "yes"]).end(),
  "/cached": (request, response) => {
    const fields = ["ETag", ETAG, "Cache-Control", "max-age=60"];
    if (request.headers["if-none-match"] === ETAG) response.writeHead(304, fields).end();
    else send(response, 200, [...fields, ...TEXT], SMALL);
  },
  "/range": (request, response) => {
    if (request.headers.range !== "bytes=10-19") return send(response, 200, BINARY, LARGE);
    const range = ["Content-Range", `bytes 10-19/${LARGE.length}`, "Accept-Ranges", "bytes"];
    return send(response, 206, [...BINARY, ...range], LARGE.subarray(10, 20));
  },
  "/redirect": (_, response) => send(response, 302, ["Location", "/small?from=redirect", ...TEXT], "moved\n"),
  "/cookies": (_, response) => {
    const cookies = ["Set-Cookie", "a=1; Path=/", "Set-Cookie", "b=2; HttpOnly", "Set-Cookie", "a=3"];
    send(response, 200, ["X-MiXeD", "CaSe", ...cookies, ...TEXT], SMALL);
  },
  "/gzip": (_, response) =>
    send(response, 200, ["Content-Encoding", "gzip", "Vary", "Accept-Encoding", ...BINARY], PACKED),
  "/many-fields": (_, response) => {
    const many = Array.from({ length: 80 }, (_unused, number) => [`X-Field-${number}`, "v".repeat(60)]).flat();
    send(response, 200, [...many, ...TEXT], SMALL);
  },
  "/latin1": (_, response) => send(response, 200, ["X-Name", "caf\u00E9", ...TEXT], SMALL),
  "/unauthorized": (_, response) => send(response, 401, ["WWW-Authenticate", 'Basic realm="x"'], ""),
  "/error": (_, response) => send(response, 500, TEXT, "broken\n"),
  "/unusual": (_, response) => send(response, 299, TEXT, SMALL, "Fine By Me"),
  "/early-hints": async (_, response) => {
    response.writeEarlyHints({ link: "</style.css>; rel=preload; as=style" });
    await delay(20);
    response.writeProcessing();
    await delay(20);
    response.writeEarlyHints({ link: "</script.js>; rel=preload; as=script", "x-hint": "two" });
    send(response, 200, TEXT, SMALL);
  },
  "/trailers": (_, response) => {
    response.writeHead(200, [...TEXT, "Trailer", "X-Checksum, X-Time"]);
    response.write("part one\n");
    response.addTrailers([
      ["X-Checksum", "abc"],
      ["X-Time", "1 ms"],
    ]);
    response.end("part two\n");
  },
  "/until-close": (_, response) => {
    // Without a length or chunks, the end of the connection ends the body.
    response.useChunkedEncodingByDefault = false;
    response.writeHead(200, [...TEXT, "Connection", "close"]);
    response.write("until ");
    response.end("the end\n");
  },
  "/reject": (_, response) => {
    response.shouldKeepAlive = false;
    send(response, 413, TEXT, "too big\n");
  },
  "/echo": async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const query = new URL(request.url ?? "", "http://service.test").search.slice(1);
    const seen = ["X-Method", request.method ?? "", "X-Query", query];
    const trailers = request.rawTrailers.length === 0 ? [] : ["X-Trailers", request.rawTrailers.join(" ")];
    send(response, 200, [...BINARY, ...seen, ...trailers], Buffer.concat(parts));
  },
  "*": (_, response) => send(response, 200, ["Allow", "GET, HEAD, POST, OPTIONS"], ""),
};

const [port, certificate, key] = process.argv.slice(2) as [string, string?, string?];
function respond(request: IncomingMessage, response: ServerResponse): void {
  const path = request.url?.split("?")[0] ?? "";
  void (HANDLERS[path] ?? ((_, missing) => send(missing, 404, TEXT, "no such path\n")))(request, response);
}
const server =
  certificate === undefined || key === undefined
    ? createServer(respond)
    : createTlsServer({ cert: readFileSync(certificate), key: readFileSync(key) }, respond);
server.keepAliveTimeout = KEEP_ALIVE_MS;
server.listen(Number(port), "127.0.0.1");
