import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { RawHeaders } from "../model/capture.ts";
import type { ClientResponse } from "./client-exchange.ts";

/** A response in HTTP/1.1 or 1.0, over Node's, which frames the body. */
export class Http1Response implements ClientResponse {
  readonly #response: ServerResponse;
  readonly #reset: (socket: Socket) => void;
  readonly #switchTo: ClientResponse["switchTo"] | null;
  #hasLength = false;

  /**
   * @param reset ends a connection so that its client sees that something is missing
   * @param switchTo for a request that may be answered with 101
   */
  constructor(
    response: ServerResponse,
    reset: (socket: Socket) => void,
    switchTo: ClientResponse["switchTo"] | null = null,
  ) {
    this.#response = response;
    this.#reset = reset;
    this.#switchTo = switchTo;
    response.sendDate = false;
  }

  get headersSent(): boolean {
    return this.#response.headersSent;
  }

  get writableFinished(): boolean {
    return this.#response.writableFinished;
  }

  writeHead(status: number, reason: string, fields: readonly string[]): boolean {
    this.#hasLength = has(fields, "content-length");
    return this.#tryHead(status, reason, fields) || this.#tryHead(status, reason, withoutTrailer(fields));
  }

  flushHead(): void {
    this.#response.flushHeaders();
  }

  write(chunk: Buffer, done: (() => void) | null = null): boolean {
    if (done === null) return this.#response.write(chunk);
    // After an error nobody knows what is still being read of it.
    return this.#response.write(chunk, (error) => {
      if (error == null) done();
    });
  }

  onceDrained(callback: () => void): void {
    this.#response.once("drain", callback);
  }

  onceFinished(callback: () => void): void {
    this.#response.once("finish", callback);
  }

  end(trailers: RawHeaders): void {
    // Trailers need the chunked framing; an HTTP/1.0 client does not get them.
    if (trailers.length > 0 && this.#response.chunkedEncoding) this.#response.addTrailers(pairs(trailers));
    this.#response.end();
  }

  switchTo(reason: string, fields: RawHeaders, upstream: Duplex): boolean {
    if (this.#switchTo !== null) return this.#switchTo(reason, fields, upstream);
    // Nobody has asked for it.
    upstream.destroy();
    return false;
  }

  cut(): void {
    const runsToEnd = !this.#response.chunkedEncoding && !this.#hasLength;
    const socket: Socket | null = this.#response.socket;
    if (runsToEnd && socket !== null) this.#reset(socket);
    else this.#response.destroy();
  }

  #tryHead(status: number, reason: string, fields: readonly string[]): boolean {
    try {
      this.#response.writeHead(status, reason, fields as string[]);
      return true;
    } catch {
      return false;
    }
  }
}

/** Node refuses the announcement of trailers where none can follow: HEAD, a known length, HTTP/1.0. */
function withoutTrailer(fields: readonly string[]): string[] {
  return fields.filter((_, index) => fields[index - (index % 2)]?.toLowerCase() !== "trailer");
}

function has(fields: readonly string[], name: string): boolean {
  return fields.some((field, index) => index % 2 === 0 && field.toLowerCase() === name);
}

function pairs(raw: RawHeaders): [string, string][] {
  const list: [string, string][] = [];
  for (let index = 0; index < raw.length; index += 2) list.push([raw[index] ?? "", raw[index + 1] ?? ""]);
  return list;
}
