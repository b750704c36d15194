import type { IncomingMessage, ServerResponse } from "node:http";
import type { RawHeaders, TransportFailure } from "../model/capture.ts";
import type { Leg, LegHandler } from "../upstream/leg.ts";
import type { OpenExchange } from "./client-connection.ts";
import { gatewayError } from "./gateway-error.ts";
import { responseFields } from "./headers.ts";

/** Whoever wants to know what the primary answers. None of these may throw or wait. */
export interface PrimaryObserver {
  start(connectMs: number | null): void;
  head(status: number, headers: RawHeaders): void;
  data(chunk: Buffer): void;
  end(trailers: RawHeaders): void;
  fail(failure: TransportFailure): void;
  clientAborted(): void;
}

/** How an exchange with the primary ended. */
export interface ExchangeEnd {
  /** Of the answer that the client got; 0 when it got none. */
  readonly clientStatus: number;
  /** Of the primary's answer; 0 when it gave none. */
  readonly primaryStatus: number;
  readonly seconds: number;
}

const MS_PER_SECOND = 1000;

/** One client request at the primary: writes the primary's answer to the client while it arrives. */
export class PrimaryExchange implements LegHandler, OpenExchange {
  readonly response: ServerResponse;
  readonly #request: IncomingMessage;
  readonly #observer: PrimaryObserver | null;
  readonly #ended: (exchange: PrimaryExchange, end: ExchangeEnd) => void;
  readonly #began = performance.now();
  #leg: Leg | null = null;
  #over = false;
  #aborted = false;
  #primaryStatus = 0;
  #hasLength = false;
  /** Something besides the head was written. */
  #wroteBody = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    observer: PrimaryObserver | null,
    ended: (exchange: PrimaryExchange, end: ExchangeEnd) => void,
  ) {
    this.#request = request;
    this.response = response;
    this.#observer = observer;
    this.#ended = ended;
  }

  get requestComplete(): boolean {
    return this.#request.complete;
  }

  /** The leg is known only after it was sent; a failure may come before. */
  carriedBy(leg: Leg): void {
    this.#leg = leg;
  }

  /** The client is gone. */
  abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#observer?.clientAborted();
    if (this.#over) return;
    this.#leg?.abort();
    this.#finish(this.#primaryStatus);
  }

  start(connectMs: number | null): void {
    this.#observer?.start(connectMs);
  }

  head(status: number, reason: string, headers: RawHeaders): void {
    this.#primaryStatus = status;
    this.#observer?.head(status, headers);
    const fields = responseFields(headers);
    this.#hasLength = has(fields, "content-length");
    if (!writeHead(this.response, status, reason, fields)) {
      this.#leg?.abort();
      return this.fail({ kind: "protocol", detail: "the response head cannot be passed on" });
    }
    // The body mostly follows at once and shares a packet with the head; a head alone must not wait for it.
    process.nextTick(flushIfAlone, this);
  }

  data(chunk: Buffer): void {
    this.#observer?.data(chunk);
    this.#wroteBody = true;
    if (this.response.write(chunk)) return;
    this.#leg?.pause();
    this.response.once("drain", () => this.#leg?.resume());
  }

  end(trailers: RawHeaders): void {
    this.#observer?.end(trailers);
    this.#wroteBody = true;
    writeTrailers(this.response, trailers);
    this.response.end();
    this.#finish(this.#primaryStatus);
  }

  fail(failure: TransportFailure): void {
    this.#observer?.fail(failure);
    if (this.response.headersSent) {
      cut(this.response, this.#hasLength);
      return this.#finish(this.#primaryStatus);
    }
    const { status, fields, body } = gatewayError(failure);
    this.response.writeHead(status, fields as string[]);
    this.response.end(body);
    this.#finish(status);
  }

  /** Lets the client have a head whose body is not there yet. */
  flushHead(): void {
    if (!this.#wroteBody && !this.#over) this.response.flushHeaders();
  }

  #finish(clientStatus: number): void {
    this.#over = true;
    const seconds = (performance.now() - this.#began) / MS_PER_SECOND;
    this.#ended(this, { clientStatus, primaryStatus: this.#primaryStatus, seconds });
  }
}

function flushIfAlone(exchange: PrimaryExchange): void {
  exchange.flushHead();
}

/** @returns false, with nothing written, for a head that Node refuses to write */
function writeHead(response: ServerResponse, status: number, reason: string, fields: string[]): boolean {
  try {
    response.writeHead(status, reason, fields);
    return true;
  } catch {
    return writeHeadWithoutTrailer(response, status, reason, fields);
  }
}

/** Node refuses the announcement of trailers where none can follow: HEAD, a known length, HTTP/1.0. */
function writeHeadWithoutTrailer(response: ServerResponse, status: number, reason: string, fields: string[]): boolean {
  const rest = fields.filter((_, index) => fields[index - (index % 2)]?.toLowerCase() !== "trailer");
  try {
    response.writeHead(status, reason, rest);
    return true;
  } catch {
    return false;
  }
}

function writeTrailers(response: ServerResponse, trailers: RawHeaders): void {
  // Trailers need the chunked framing; an HTTP/1.0 client does not get them.
  if (trailers.length === 0 || !response.chunkedEncoding) return;
  const pairs: [string, string][] = [];
  for (let index = 0; index < trailers.length; index += 2)
    pairs.push([trailers[index] ?? "", trailers[index + 1] ?? ""]);
  response.addTrailers(pairs);
}

function has(fields: RawHeaders, name: string): boolean {
  return fields.some((field, index) => index % 2 === 0 && field.toLowerCase() === name);
}

/** Ends a response that is not complete so that the client sees it: no final chunk, no early end that looks right. */
function cut(response: ServerResponse, hasLength: boolean): void {
  const runsToEnd = !response.chunkedEncoding && !hasLength;
  if (runsToEnd && response.socket !== null) response.socket.resetAndDestroy();
  else response.destroy();
}
