import type { Duplex } from "node:stream";
import type { Socket } from "node:net";
import { CONTENT_LENGTH, FIELD_VALUE, TOKEN } from "../../http/http1/http1-grammar.ts";
import type { RawHeaders } from "../../model/capture.ts";
import { BufferPool } from "../../lib/buffer-pool.ts";
import { countStreamedBytes } from "../../lib/garbage-collection.ts";
import type { ClientResponse } from "../exchange/client-exchange.ts";

/** What a response needs of the connection that it goes out on. */
export interface ResponseOwner {
  readonly socket: Socket;
  /** No further request is taken. */
  readonly isEnding: boolean;
  /** The whole response was handed to the socket. @param keepAlive another request may follow */
  responseEnded(keepAlive: boolean): void;
  /** Ends the connection so that its client sees that something is missing. */
  reset(): void;
  /** The connection changes its protocol. */
  switchTo: ClientResponse["switchTo"];
}

/** What a request says of its response. */
export interface Asked {
  readonly isHead: boolean;
  readonly isHttp10: boolean;
  /** The client will send another request. */
  readonly keepAlive: boolean;
}

const LOWEST_STATUS = 200;
const HIGHEST_STATUS = 999;
const NO_CONTENT = 204;
const NOT_MODIFIED = 304;
const HEX = 16;
/** Longer than the 60 s that load balancers in front usually keep a connection, so that they close first. */
export const KEEP_ALIVE_MS = 75_000;
const KEEPS = `Connection: keep-alive\r\nKeep-Alive: timeout=${KEEP_ALIVE_MS / 1_000}\r\n`;
const CLOSES = "Connection: close\r\n";
const LAST_CHUNK = "0\r\n";
const LINE_END = "\r\n";

/** Below this size, a new buffer costs less than one of the pool. */
const MIN_POOLED_BYTES = 16 * 1024;
/** The largest read of a socket, and space for a head in front of it. */
const MAX_POOLED_BYTES = 72 * 1024;
/** Memory for chunks of bodies until the socket has written them. */
const pool = new BufferPool({
  minBytes: MAX_POOLED_BYTES,
  maxBytes: MAX_POOLED_BYTES,
  maxFreeBytesPerSize: 64 * MAX_POOLED_BYTES,
  onAllocate: countStreamedBytes,
});

/** A response in HTTP/1.1 or 1.0: it frames the body, and joins the head with what follows it. */
export class Http1Response implements ClientResponse {
  readonly #owner: ResponseOwner;
  readonly #asked: Asked;
  /** Not written yet: it shares a packet with what follows. */
  #head = "";
  #headersSent = false;
  #keepAlive = false;
  #isChunked = false;
  #hasNoBody = false;
  /** Bytes that the announced length still promises; infinite where none is announced. */
  #left = 0;
  #isCorked = false;

  constructor(owner: ResponseOwner, asked: Asked) {
    this.#owner = owner;
    this.#asked = asked;
  }

  get headersSent(): boolean {
    return this.#headersSent;
  }

  writeHead(status: number, reason: string, fields: readonly string[]): boolean {
    const { isHead, isHttp10, keepAlive } = this.#asked;
    if (!(status >= LOWEST_STATUS && status <= HIGHEST_STATUS) || !FIELD_VALUE.test(reason)) return false;
    const length = announcedLength(fields);
    if (Number.isNaN(length)) return false;
    this.#hasNoBody = isHead || status === NO_CONTENT || status === NOT_MODIFIED;
    this.#isChunked = !this.#hasNoBody && !isHttp10 && length === Infinity;
    this.#left = length;
    // Without length and chunks the body ends with the connection.
    this.#keepAlive = keepAlive && !this.#owner.isEnding && (this.#hasNoBody || this.#isChunked || length !== Infinity);
    const lines = fieldLines(fields, this.#isChunked);
    if (lines === null) return false;
    const hop = this.#keepAlive ? KEEPS : CLOSES;
    const framing = this.#isChunked ? "Transfer-Encoding: chunked\r\n" : "";
    this.#head = `HTTP/1.1 ${status} ${reason}\r\n${lines}${hop}${framing}\r\n`;
    return true;
  }

  flushHead(): void {
    if (this.#head === "") return;
    this.#owner.socket.write(this.#takeHead(), "latin1");
  }

  write(piece: Buffer): boolean {
    if (this.#hasNoBody || piece.length === 0) return true;
    this.#left -= piece.length;
    // More than was announced would be read as the next response.
    if (this.#left < 0) return this.#broken();
    if (!this.#isChunked) return this.#writeJoined(this.#takeHead(), piece, "");
    this.#cork();
    return this.#writeJoined(`${this.#takeHead()}${piece.length.toString(HEX)}\r\n`, piece, LINE_END);
  }

  onceDrained(callback: () => void): void {
    this.#owner.socket.once("drain", callback);
  }

  end(trailers: RawHeaders): void {
    if (!this.#hasNoBody && this.#left > 0 && this.#left !== Infinity) return void this.#broken();
    const tail = this.#isChunked ? `${LAST_CHUNK}${fieldLines(trailers, true) ?? ""}${LINE_END}` : "";
    const rest = this.#takeHead() + tail;
    if (rest !== "") this.#owner.socket.write(rest, "latin1");
    return this.#owner.responseEnded(this.#keepAlive);
  }

  switchTo(reason: string, fields: RawHeaders, upstream: Duplex): boolean {
    return this.#owner.switchTo(reason, fields, upstream);
  }

  cut(): void {
    const runsToEnd = !this.#hasNoBody && !this.#isChunked && this.#left === Infinity;
    if (runsToEnd) this.#owner.reset();
    else this.#owner.socket.destroy();
  }

  #takeHead(): string {
    const head = this.#head;
    this.#head = "";
    this.#headersSent = true;
    return head;
  }

  /** One write, and one copy: the piece is its sender's again afterwards. */
  #writeJoined(before: string, piece: Buffer, after: string): boolean {
    const length = before.length + piece.length + after.length;
    const isPooled = length >= MIN_POOLED_BYTES && length <= MAX_POOLED_BYTES;
    const memory = isPooled ? pool.acquire(length) : Buffer.allocUnsafe(length);
    const chunk = memory.subarray(0, length);
    chunk.write(before, "latin1");
    piece.copy(chunk, before.length);
    chunk.write(after, before.length + piece.length, "latin1");
    const { socket } = this.#owner;
    if (!isPooled) return socket.write(chunk);
    // After an error, the socket may still read the memory: it must not be reused.
    return socket.write(chunk, (error) => {
      if (error == null) pool.release(memory);
    });
  }

  /** The last chunk mostly follows at once, and shares a packet with the one before. */
  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#owner.socket.cork();
    process.nextTick(uncork, this);
  }

  uncork(): void {
    this.#isCorked = false;
    this.#owner.socket.uncork();
  }

  #broken(): false {
    this.#headersSent = true;
    this.#owner.socket.destroy();
    return false;
  }
}

function uncork(response: Http1Response): void {
  response.uncork();
}

/** @returns infinite where no field tells it, NaN where the fields tell no length */
function announcedLength(fields: readonly string[]): number {
  let length = Infinity;
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] as string;
    if (name.length !== "content-length".length || name.toLowerCase() !== "content-length") continue;
    const value = fields[index + 1] ?? "";
    if (length !== Infinity || !CONTENT_LENGTH.test(value)) return Number.NaN;
    length = Number(value);
  }
  return length;
}

/**
 * Fields as they are written, without those that are ours to say.
 * @param mayTrail trailers may follow; else their announcement is left out
 * @returns null when one of them cannot be written
 */
function fieldLines(fields: readonly string[], mayTrail: boolean): string | null {
  let lines = "";
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] as string;
    const value = fields[index + 1] ?? "";
    if (!TOKEN.test(name) || !FIELD_VALUE.test(value)) return null;
    if (!isOurs(name, mayTrail)) lines += `${name}: ${value}\r\n`;
  }
  return lines;
}

/** By its length first: most names need no further look. */
function isOurs(name: string, mayTrail: boolean): boolean {
  switch (name.length) {
    case "trailer".length:
      return !mayTrail && name.toLowerCase() === "trailer";
    case "connection".length: {
      const lower = name.toLowerCase();
      return lower === "connection" || lower === "keep-alive";
    }
    case "transfer-encoding".length:
      return name.toLowerCase() === "transfer-encoding";
    default:
      return false;
  }
}
