import type { RawHeaders } from "../../../src/model/capture.ts";
import { type RequestSink, RequestParser } from "../../../src/http/http1/request-parser.ts";
import type { Refusal } from "../../../src/http/refusal.ts";
import { requestFraming } from "../../../src/http/http1/request-framing.ts";
import { readHead } from "../../../src/proxy/exchange/request-head.ts";

export interface ReadRequest {
  readonly method: string;
  readonly target: string;
  readonly isHttp10: boolean;
  readonly fields: RawHeaders;
  body: string;
  /** Null until the request has come as a whole. */
  trailers: RawHeaders | null;
}

export interface ReadRequests {
  readonly requests: readonly ReadRequest[];
  /** The status of what was refused, behind those requests; 0 when nothing was. */
  readonly refused: number;
  /** A head has begun, and is not complete. */
  readonly isInHead: boolean;
  /** A request was the last on its connection: nothing behind it was read. */
  readonly isClosed: boolean;
}

const CONTEXT = { defaultHost: "default.test", scheme: "http" } as const;

/**
 * What the request parser tells of these bytes of a client, one character per byte, and with it whoever judges its heads.
 * @param sizes of the pieces that the bytes come in
 */
export function readRequests(bytes: string, sizes: () => number): ReadRequests {
  const reader = new Reader();
  const whole = Buffer.from(bytes, "latin1");
  for (let at = 0, size = 0; at < whole.length; at += size) {
    size = Math.min(sizes(), whole.length - at);
    const piece = Buffer.from(whole.subarray(at, at + size));
    reader.read(piece);
    // Its memory is somebody else's now.
    piece.fill(0xaa);
  }
  const { requests, refused, isClosed, parser } = reader;
  return { requests, refused, isInHead: parser.isInHead, isClosed };
}

class Reader implements RequestSink {
  readonly parser = new RequestParser(this);
  readonly requests: ReadRequest[] = [];
  refused = 0;
  isClosed = false;
  #keepsAlive = true;

  read(piece: Buffer): void {
    for (let at = 0; at < piece.length && this.refused === 0 && !this.isClosed;) {
      const stop = this.parser.read(piece, at);
      if (stop <= at) throw new Error("the parser stands still");
      at = stop;
    }
  }

  head(method: string, target: string, isHttp10: boolean, fields: RawHeaders): number {
    const framing = requestFraming(fields, isHttp10);
    if ("refused" in framing) return this.#refuse(framing);
    const hasBody = framing.bodyLength !== 0;
    const head = readHead({ method, url: target, isHttp10, rawHeaders: fields, hasBody }, CONTEXT);
    if ("refused" in head) return this.#refuse(head);
    this.requests.push({ method, target, isHttp10, fields, body: "", trailers: hasBody ? null : [] });
    this.#keepsAlive = framing.keepAlive;
    if (!hasBody) this.#next();
    return framing.bodyLength;
  }

  body(piece: Buffer): void {
    (this.requests.at(-1) as ReadRequest).body += piece.toString("latin1");
  }

  end(trailers: RawHeaders): void {
    (this.requests.at(-1) as ReadRequest).trailers = trailers;
    this.#next();
  }

  broken({ refused }: Refusal): void {
    this.refused = refused;
  }

  #refuse(refusal: Refusal): number {
    this.broken(refusal);
    return 0;
  }

  #next(): void {
    if (this.#keepsAlive) return this.parser.begin();
    this.isClosed = true;
    return this.parser.stop();
  }
}
