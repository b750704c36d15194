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
/** What such parsers have been led astray with. */
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
  /** Empty when nothing was refused. */
  readonly error: string;
  readonly isConnect: boolean;
}

/** Node's own parser, strict, as a server of Node's uses it. */
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
    // Everything that Node does with these bytes, it does before anybody else's turn comes.
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
 * What Node alone refuses. What stands in a chunk extension is nothing to us, and goes nowhere; a tab behind a value is white
 * space like any other (RFC 9110 §5.5).
 */
const NODE_ALONE = /chunk extension|invalid `Transfer-Encoding`/;
const MAY_BE_ALONE = /;|chunked[ \t]*\t[ \t]*\r\n/i;
/** Node takes a request behind the last one for an error, also where a trailer has said that it is the last. */
const BEHIND_THE_LAST = "Parse Error: Data after `Connection: close`";

type Outcome = "alike" | "both refuse" | "ours is stricter" | "not compared";

const complete = (requests: readonly ReadRequest[]): readonly ReadRequest[] =>
  requests.filter(({ trailers }) => trailers !== null);

/** @throws when one of both has read something else than the other, or ours has accepted what Node's has not */
function compare(bytes: string, theirs: NodeRead): Outcome {
  const ours = readRequests(bytes, () => Infinity);
  // Some lines Node judges before they have ended.
  const ended = readRequests(`${bytes}\r\n\r\n`, () => Infinity);
  // RFC 9110 §9.1: a method is any token; Node knows a list of them.
  const isOtherMethod = ended.requests.some(({ method }) => !METHODS.includes(method));
  const isAlone = NODE_ALONE.test(theirs.error) && MAY_BE_ALONE.test(bytes);
  if (theirs.isConnect || isOtherMethod || isAlone) return "not compared";
  // Whether a connection goes on is judged by ourselves: in doubt it ends.
  const endedByNode = theirs.error === BEHIND_THE_LAST;
  const isRefused = theirs.error !== "" && !endedByNode && !ours.isClosed;
  if (isRefused) assert.notEqual(ended.refused, 0, `${theirs.error}: ${JSON.stringify(bytes)}`);
  const isCut = isRefused || endedByNode || ours.refused !== 0 || ours.isClosed;
  // As far as ours has read, Node's has read the same.
  const read = isCut ? complete(ours.requests) : ours.requests;
  const same = isCut ? complete(theirs.requests) : theirs.requests;
  const length = endedByNode ? Math.min(same.length, read.length) : read.length;
  assert.deepEqual(isCut ? same.slice(0, length) : same, read.slice(0, length), JSON.stringify(bytes));
  if (isRefused) return "both refuse";
  return ours.refused !== 0 ? "ours is stricter" : "alike";
}

it("whatever Node's parser refuses is refused, and what both accept is read alike", async () => {
  const node = new NodeServer();
  const random = seeded(4);
  const counts = { alike: 0, "both refuse": 0, "ours is stricter": 0, "not compared": 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    const bytes = mutated(random);
    counts[compare(bytes, await node.read(bytes))] += 1;
  }
  // The mutations reach every way to end.
  expect(Object.values(counts).every((count) => count > ROUNDS / 50)).toBe(true);
});
