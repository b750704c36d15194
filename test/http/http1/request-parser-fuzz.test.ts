import assert from "node:assert/strict";
import { createServer, type IncomingMessage, METHODS, type ServerResponse } from "node:http";
import { Duplex } from "node:stream";
import { expect, it } from "vitest";
import { seeded } from "../../lib/seeded.ts";
import { type ReadRequest, readRequests } from "./read-requests.ts";

const ROUNDS = 6_000;
const MOST_MUTATIONS = 3;

const SEEDS = [
  "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
  "GET http://h/a?b=c HTTP/1.1\r\nHost: h\r\nAccept: */*\r\nX-Empty:\r\n\r\n",
  "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
  "GET /0 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
  "POST /l HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\nhello\r\n0\r\n\r",
  "PUT /e HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab",
  "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;x=y\r\nabc\r\n0\r\n\r\n",
  'POST /t HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTrailer: A\r\n\r\na;q="s"\r\n0123456789\r\n00\r\nA: 1\r\nB: 2\r\n\r\n',
  "DELETE /d HTTP/1.1\r\nHost: h\r\nConnection: close\r\nCookie: a=b\r\nCookie: c=d\r\n\r\n",
];
/** Fragments that have misled HTTP parsers. */
const PIECES = [
  ...Array.from("\r\n\t\0 :;,0159afF-+\x0b\x7f\x85\xa0\xff"),
  "\r\n",
  "\r\n\r\n",
  "\n\n",
  "\r\n ",
  "\r\r\n",
  "0x",
  "0\r\n\r\n",
  "Content-Length: 5\r\n",
  "Content-Length: 5, 5\r\n",
  "Content-Length : 0\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding : chunked\r\n",
  "Transfer-Encoding:\x0bchunked\r\n",
  "Transfer-Encoding: identity\r\n",
  "Connection: close\r\n",
  "Host: g\r\n",
  "X: y\r\n",
  " HTTP/1.1",
  "HTTP/1.0",
  "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
];

interface NodeRead {
  readonly requests: readonly ReadRequest[];
  /** Empty when all requests were accepted. */
  readonly error: string;
  readonly isConnect: boolean;
}

/** Node's strict parser, as a Node server uses it. */
class NodeServer {
  readonly #server = createServer({ requireHostHeader: false, shouldUpgradeCallback: () => false });
  #requests: ReadRequest[] = [];
  #error = "";
  #isConnect = false;

  constructor() {
    const take = (request: IncomingMessage, response: ServerResponse): void => this.#take(request, response);
    this.#server.maxHeadersCount = 0;
    this.#server
      .on("request", take)
      .on("checkContinue", take)
      .on("checkExpectation", take)
      .on("connect", () => (this.#isConnect = true))
      .on("clientError", ({ message }) => void (this.#error ||= message));
  }

  async read(bytes: string): Promise<NodeRead> {
    this.#requests = [];
    this.#error = "";
    this.#isConnect = false;
    const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    this.#server.emit("connection", socket);
    socket.push(Buffer.from(bytes, "latin1"));
    // Node processes these bytes completely within a few turns of the event loop.
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
    return { requests: this.#requests, error: this.#error, isConnect: this.#isConnect };
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const { method = "", url: target = "", rawHeaders: fields, httpVersion } = request;
    const read: ReadRequest = { method, target, isHttp10: httpVersion === "1.0", fields, body: "", trailers: null };
    this.#requests.push(read);
    request.on("error", () => {});
    request.on("data", (chunk: Buffer) => (read.body += chunk.toString("latin1")));
    request.on("end", () => (read.trailers = request.rawTrailers));
    response.end();
  }
}

function mutated(random: () => number): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  let bytes = pick(SEEDS) + (random() < 0.5 ? pick(SEEDS) : "");
  for (let left = Math.floor(random() * (MOST_MUTATIONS + 1)); left > 0; left -= 1) {
    const at = Math.floor(random() * (bytes.length + 1));
    const lineStart = bytes.lastIndexOf("\n", at) + 1;
    const before = bytes.slice(0, at);
    switch (Math.floor(random() * 5)) {
      case 0:
        bytes = before + pick(PIECES) + bytes.slice(at);
        break;
      case 1:
        bytes = before + pick(PIECES) + bytes.slice(at + 1);
        break;
      case 2:
        bytes = before + bytes.slice(at + 1 + Math.floor(random() * 3));
        break;
      case 3:
        bytes = bytes.slice(0, lineStart) + pick(PIECES) + bytes.slice(lineStart);
        break;
      default:
        bytes = before + bytes.slice(lineStart, at) + bytes.slice(at);
    }
  }
  return bytes;
}

/**
 * Errors of Node alone. Chunk extensions are ignored here and never forwarded; a tab after a value is ordinary white space
 * (RFC 9110 §5.5).
 */
const NODE_ONLY_ERROR = /chunk extension|invalid `Transfer-Encoding`/;
const NODE_ONLY_INPUT = /;|chunked[ \t]*\t[ \t]*\r\n/i;
/** Node reports a request after the last one as an error, even when a trailer has marked it as the last. */
const DATA_AFTER_CLOSE = "Parse Error: Data after `Connection: close`";

type Outcome = "equal" | "both refuse" | "ours is stricter" | "not compared";

const complete = (requests: readonly ReadRequest[]): readonly ReadRequest[] =>
  requests.filter(({ trailers }) => trailers !== null);

/** @throws when the parsers have read different requests, or ours has accepted what Node's has refused */
function compare(bytes: string, theirs: NodeRead): Outcome {
  const ours = readRequests(bytes, () => Infinity);
  // Node refuses some lines before they have ended.
  const ended = readRequests(`${bytes}\r\n\r\n`, () => Infinity);
  // RFC 9110 §9.1: a method is any token; Node knows a list of them.
  const isOtherMethod = ended.requests.some(({ method }) => !METHODS.includes(method));
  const isNodeOnly = NODE_ONLY_ERROR.test(theirs.error) && NODE_ONLY_INPUT.test(bytes);
  if (theirs.isConnect || isOtherMethod || isNodeOnly) return "not compared";
  // Our parser decides whether the connection persists; in doubt it ends.
  const endedByNode = theirs.error === DATA_AFTER_CLOSE;
  const isRefused = theirs.error !== "" && !endedByNode && !ours.isClosed;
  if (isRefused) assert.notEqual(ended.refused, 0, `${theirs.error}: ${JSON.stringify(bytes)}`);
  const isCut = isRefused || endedByNode || ours.refused !== 0 || ours.isClosed;
  // Node has read the same as far as our parser has read.
  const read = isCut ? complete(ours.requests) : ours.requests;
  const same = isCut ? complete(theirs.requests) : theirs.requests;
  const length = endedByNode ? Math.min(same.length, read.length) : read.length;
  assert.deepEqual(isCut ? same.slice(0, length) : same, read.slice(0, length), JSON.stringify(bytes));
  if (isRefused) return "both refuse";
  return ours.refused !== 0 ? "ours is stricter" : "equal";
}

it("refuses whatever Node's parser refuses, and reads what both accept the same way", async () => {
  const node = new NodeServer();
  const random = seeded(4);
  const counts = { equal: 0, "both refuse": 0, "ours is stricter": 0, "not compared": 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    const bytes = mutated(random);
    counts[compare(bytes, await node.read(bytes))] += 1;
  }
  // The mutations reach every outcome.
  expect(Object.values(counts).every((count) => count > ROUNDS / 50)).toBe(true);
});
