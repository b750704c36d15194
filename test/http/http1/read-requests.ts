import type { RawHeaders } from "../../../src/model/capture.ts";
import { type ParsedRequestHead, RequestParser, type RequestSink } from "../../../src/http/http1/request-parser.ts";
import type { Refusal } from "../../../src/http/refusal.ts";
import { REQUESTS } from "../../proxy/route-builders.ts";
import { readHead, type ReceivedHead } from "../../../src/proxy/exchange/request-head.ts";

export interface ReadRequest {
  readonly method: string;
  readonly target: string;
  readonly isHttp10: boolean;
  readonly fields: RawHeaders;
  body: string;
  /** Null until the request is complete. */
  trailers: RawHeaders | null;
}

export interface ReadRequests {
  readonly requests: readonly ReadRequest[];
  /** Status code of the refusal after those requests; 0 without one. */
  readonly refused: number;
  /** A head has begun and is not complete. */
  readonly isInHead: boolean;
  /** A request was the last one on its connection, so nothing after it was read. */
  readonly isClosed: boolean;
}

const PACE = { pauseMs: Infinity, idleConnections: 0 };
const CONTEXT = { requests: REQUESTS, scheme: "http" } as const;

/**
 * Parses the bytes of a client, one character per byte, and validates the request heads.
 * @param sizes sizes of the pieces that the bytes arrive in
 * @param takesWhole bodies that have arrived with their heads are taken at once
 */
export function readRequests(bytes: string, sizes: () => number, takesWhole = false): ReadRequests {
  const reader = new Reader(takesWhole);
  const whole = Buffer.from(bytes, "latin1");
  for (let at = 0, size = 0; at < whole.length; at += size) {
    size = Math.min(sizes(), whole.length - at);
    const piece = Buffer.from(whole.subarray(at, at + size));
    reader.read(piece);
    // The memory of a piece is reused after the read.
    piece.fill(0xaa);
  }
  const { requests, refused, isClosed, parser } = reader;
  return { requests, refused, isInHead: parser.isInHead, isClosed };
}

class Reader implements RequestSink {
  readonly parser = new RequestParser(this, REQUESTS.maxHeadBytes);
  readonly requests: ReadRequest[] = [];
  refused = 0;
  isClosed = false;
  #isPersistent = true;
  readonly #takesWhole: boolean;

  constructor(takesWhole: boolean) {
    this.#takesWhole = takesWhole;
  }

  read(piece: Buffer): void {
    for (let at = 0; at < piece.length && this.refused === 0 && !this.isClosed;) {
      const stop = this.parser.read(piece, at);
      if (stop <= at) throw new Error("the parser makes no progress");
      at = stop;
    }
  }

  head({ method, target, isHttp10, fields, bodyLength, isPersistent }: ParsedRequestHead): boolean {
    const hasBody = bodyLength !== 0;
    const protocol = isHttp10 ? "HTTP/1.0" : "HTTP/1.1";
    const received: ReceivedHead = { method, url: target, isHttp10, protocol, rawHeaders: fields, hasBody, ...PACE };
    const head = readHead(received, CONTEXT);
    if ("refused" in head) {
      this.refuse(head);
      return false;
    }
    const body = this.#takesWhole ? this.parser.takeWholeBody() : null;
    const isComplete = !hasBody || body !== null;
    const trailers = isComplete ? [] : null;
    this.requests.push({ method, target, isHttp10, fields, body: body?.toString("latin1") ?? "", trailers });
    this.#isPersistent = isPersistent;
    if (isComplete) this.#next();
    return true;
  }

  body(piece: Buffer): void {
    (this.requests.at(-1) as ReadRequest).body += piece.toString("latin1");
  }

  end(trailers: RawHeaders): void {
    (this.requests.at(-1) as ReadRequest).trailers = trailers;
    this.#next();
  }

  refuse({ refused }: Refusal): void {
    this.refused = refused;
  }

  #next(): void {
    if (this.#isPersistent) return this.parser.begin();
    this.isClosed = true;
    return this.parser.stop();
  }
}
