import { CLIENT_IDLE_TIMEOUT_MS } from "./client-limits.ts";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { CHUNK_END, writeChunkHead, writeLastChunk } from "../../http/http1/chunked-coding.ts";
import { INVALID_LENGTH, NO_LENGTH } from "../../http/http1/message-framing.ts";
import { fieldRules, isToleratedReason, writeFieldLines, writeTrustedHead } from "../../http/http1/header-writer.ts";
import { STATUS_CODES } from "../../http/node-http.ts";
import { type Refusal, refusalBody, refusalFields } from "../../http/refusal.ts";
import type { RawHeaders } from "../../model/capture.ts";
import { BufferPool } from "../../lib/buffer-pool.ts";
import { type EndOfTurnTask, waitForEndOfTurn } from "../../lib/runtime/end-of-turn.ts";
import { countStreamedBytes } from "../../lib/garbage-collection.ts";
import type { ClientResponse } from "../exchange/client-exchange.ts";

/** The connection on which a response is sent. */
export interface ResponseOwner {
  readonly socket: Socket;
  /** No further request is accepted. */
  readonly isEnding: boolean;
  /** The complete response was handed to the socket. @param keepAlive another request can follow */
  responseEnded(keepAlive: boolean): void;
  /** Ends the connection so that the client sees an incomplete response. */
  reset(): void;
  switchTo: ClientResponse["switchTo"];
}

/** Constraints that a request puts on its response. */
export interface ResponseConstraints {
  readonly isHead: boolean;
  readonly isHttp10: boolean;
  /** The client keeps the connection open for another request. */
  readonly keepAlive: boolean;
}

/** RFC 9110 §15.2.1. */
export const CONTINUE = 100;
const FIRST_INTERIM_STATUS = 100;
const FIRST_FINAL_STATUS = 200;
const HIGHEST_STATUS = 999;
const STATUS_DIGITS = 3;
const NO_CONTENT = 204;
const NOT_MODIFIED = 304;
const KEEP_ALIVE_LINES = `Connection: keep-alive\r\nKeep-Alive: timeout=${CLIENT_IDLE_TIMEOUT_MS / 1_000}\r\n`;
const CLOSE_LINE = "Connection: close\r\n";
const CHUNKED_LINE = "Transfer-Encoding: chunked\r\n";

const RESPONSE_FIELDS = fieldRules("response", ["connection", "keep-alive", "transfer-encoding"]);
/** An interim response has no body (RFC 9110 §15.2). */
const INTERIM_FIELDS = fieldRules("response", [...RESPONSE_FIELDS.ownFields, "content-length", "trailer"]);
/** Trailers can follow a chunked body only, so other responses must not announce them. */
const RESPONSE_FIELDS_WITHOUT_TRAILER = fieldRules("response", [...RESPONSE_FIELDS.ownFields, "trailer"]);

/** Below this size, a new buffer costs less than one of the pool. */
const MIN_POOLED_BYTES = 16 * 1024;
/** The largest read of a socket, and space for a head in front of it. */
const MAX_POOLED_BYTES = 72 * 1024;
/** Memory for chunks of bodies until the socket has written them. */
const pool = new BufferPool({
  minBytes: MAX_POOLED_BYTES,
  maxBytes: MAX_POOLED_BYTES,
  maxFreeBytesPerSize: 64 * MAX_POOLED_BYTES,
  allocate: (bytes) => {
    countStreamedBytes(bytes);
    return Buffer.allocUnsafeSlow(bytes);
  },
});

/** A response of HTTP/1.1 or 1.0. It frames the body, and writes the head together with what follows it. */
export class Http1Response implements ClientResponse, EndOfTurnTask {
  readonly #owner: ResponseOwner;
  readonly #constraints: ResponseConstraints;
  /** Not written yet: it shares a packet with what follows. */
  #head = "";
  #headersSent = false;
  #keepAlive = false;
  #isChunked = false;
  #hasNoBody = false;
  /** Bytes that the Content-Length still promises; infinite without a Content-Length. */
  #remaining = 0;
  #isCorked = false;

  constructor(owner: ResponseOwner, constraints: ResponseConstraints) {
    this.#owner = owner;
    this.#constraints = constraints;
  }

  get headersSent(): boolean {
    return this.#headersSent;
  }

  writeInterim(status: number, fields: readonly string[]): void {
    // RFC 9110 §15.2: HTTP/1.0 does not define interim responses. A client that does not read gets no more of them.
    if (this.#constraints.isHttp10 || this.#headersSent || this.#head !== "") return;
    if (this.#owner.socket.writableNeedDrain) return;
    const { text, problem } = writeFieldLines(fields, INTERIM_FIELDS);
    if (problem !== "") return;
    this.#owner.socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${text}\r\n`, "latin1");
  }

  /**
   * Writes bytes that do not change the response, if there are such bytes: before the head a 100, which a client must expect at any
   * time (RFC 9110 §15.2), and within a chunked body a leading zero of the next size (RFC 9112 §7.1).
   * @param withInterim false for a client that most likely waits, and may not expect a 100 all the same
   */
  probe(withInterim: boolean): void {
    if (!this.#headersSent) {
      if (withInterim) this.writeInterim(CONTINUE, []);
    } else if (this.#isChunked) this.#owner.socket.write("0", "latin1");
  }

  writeHead(status: number, reason: string, fields: readonly string[]): boolean {
    const { isHead, isHttp10, keepAlive } = this.#constraints;
    if (!isFinalStatus(status) || !isToleratedReason(reason)) return false;
    const lines = writeFieldLines(fields, RESPONSE_FIELDS);
    if (lines.problem !== "" || lines.contentLength === INVALID_LENGTH) return false;
    const hasLength = lines.contentLength !== NO_LENGTH;
    this.#hasNoBody = isHead || status === NO_CONTENT || status === NOT_MODIFIED;
    this.#isChunked = !this.#hasNoBody && !isHttp10 && !hasLength;
    this.#remaining = hasLength ? lines.contentLength : Infinity;
    // Without a length and without chunks, the end of the connection is the end of the body.
    this.#keepAlive = keepAlive && !this.#owner.isEnding && (this.#hasNoBody || this.#isChunked || hasLength);
    const text =
      lines.hasTrailer && !this.#isChunked ? writeFieldLines(fields, RESPONSE_FIELDS_WITHOUT_TRAILER).text : lines.text;
    const connection = this.#keepAlive ? KEEP_ALIVE_LINES : CLOSE_LINE;
    const framing = this.#isChunked ? CHUNKED_LINE : "";
    const code = status < FIRST_INTERIM_STATUS ? String(status).padStart(STATUS_DIGITS, "0") : status;
    this.#head = `HTTP/1.1 ${code} ${reason}\r\n${text}${connection}${framing}\r\n`;
    return true;
  }

  flushHead(): void {
    if (this.#head === "") return;
    this.#owner.socket.write(this.#takeHead(), "latin1");
  }

  write(piece: Buffer): boolean {
    if (this.#hasNoBody || piece.length === 0) return true;
    this.#remaining -= piece.length;
    // The client would read excess bytes as the next response.
    if (this.#remaining < 0) return this.#fail();
    if (!this.#isChunked) return this.#writeJoined(this.#takeHead(), piece, "");
    this.#cork();
    return this.#writeJoined(`${this.#takeHead()}${writeChunkHead(piece.length)}`, piece, CHUNK_END);
  }

  onceDrained(callback: () => void): void {
    this.#owner.socket.once("drain", callback);
  }

  end(trailers: RawHeaders): void {
    if (!this.#hasNoBody && this.#remaining > 0 && this.#remaining !== Infinity) return void this.#fail();
    const tail = this.#isChunked ? writeLastChunk(writeFieldLines(trailers, RESPONSE_FIELDS).text) : "";
    const rest = this.#takeHead() + tail;
    if (rest !== "") this.#owner.socket.write(rest, "latin1");
    return this.#owner.responseEnded(this.#keepAlive);
  }

  switchTo(reason: string, fields: RawHeaders, upstream: Duplex): boolean {
    return this.#owner.switchTo(reason, fields, upstream);
  }

  cut(): void {
    this.#uncork();
    const endsWithConnection = !this.#hasNoBody && !this.#isChunked && this.#remaining === Infinity;
    if (endsWithConnection) this.#owner.reset();
    else this.#owner.socket.destroy();
  }

  endTurn(): void {
    this.#uncork();
  }

  #takeHead(): string {
    const head = this.#head;
    this.#head = "";
    this.#headersSent = true;
    return head;
  }

  /** Copies everything into one buffer and writes it at once; the memory of the piece is the caller's again afterwards. */
  #writeJoined(before: string, piece: Buffer, after: string): boolean {
    const length = before.length + piece.length + after.length;
    const isPooled = length >= MIN_POOLED_BYTES && length <= MAX_POOLED_BYTES;
    const memory = isPooled ? pool.acquire(length) : Buffer.allocUnsafe(length);
    const chunk = memory.subarray(0, length);
    chunk.write(before, "latin1");
    piece.copy(chunk, before.length);
    chunk.write(after, before.length + piece.length, "latin1");
    const { socket } = this.#owner;
    if (!isPooled) {
      this.#cork();
      return socket.write(chunk);
    }
    // After an error, the socket may still read the memory: it must not be reused.
    return socket.write(chunk, (error) => {
      if (error == null) pool.release(memory);
    });
  }

  /** Writes wait for those of other connections, and chunks for the last one, which usually follows at once. */
  #cork(): void {
    if (this.#isCorked) return;
    const isWaiting = waitForEndOfTurn(this);
    if (!isWaiting && !this.#isChunked) return;
    this.#isCorked = true;
    this.#owner.socket.cork();
    if (!isWaiting) process.nextTick(uncork, this);
  }

  #uncork(): void {
    if (!this.#isCorked) return;
    this.#isCorked = false;
    this.#owner.socket.uncork();
  }

  #fail(): false {
    this.#uncork();
    this.#headersSent = true;
    this.#owner.socket.destroy();
    return false;
  }
}

/** Writes a complete refusal, for a connection whose request has no response object. */
export function writeRefusal(refusal: Refusal): string {
  const startLine = `HTTP/1.1 ${refusal.refused} ${STATUS_CODES[refusal.refused] ?? ""}`;
  return `${writeTrustedHead(startLine, refusalFields(refusal))}${refusalBody(refusal)}`;
}

/** A status below 100 has no meaning (RFC 9110 §15), but proxies pass it on. */
function isFinalStatus(status: number): boolean {
  return (status > 0 && status < FIRST_INTERIM_STATUS) || (status >= FIRST_FINAL_STATUS && status <= HIGHEST_STATUS);
}

function uncork(response: Http1Response): void {
  response.endTurn();
}
