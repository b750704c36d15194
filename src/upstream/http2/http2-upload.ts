import type { ClientHttp2Stream } from "node:http2";
import type { Readable } from "node:stream";

/** Bytes of a body that are kept until the upstream has accepted its stream. A longer body is sent once only. */
const MAX_KEPT_BYTES = 1024 * 1024;
/** Memory that larger bodies leave free for bodies up to this size. */
const SMALL_BODY_BYTES = 128 * 1024;
const RESERVED_BYTES = 8 * 1024 * 1024;

/** Memory for kept bodies, shared by the legs of one upstream. When there is none left, further bodies are sent once only. */
export interface ReplayMemory {
  freeBytes: number;
}

/** Receives the progress of an upload. */
export interface UploadOwner {
  /** A piece was written. */
  bodyProgressed(): void;
  /** The body was written completely. */
  bodySent(): void;
  /** The request is incomplete, so its stream must be reset. */
  bodyFailed(): void;
}

/**
 * Writes a streamed request body to a stream of HTTP/2, at the pace of the stream. It keeps what it has written until the
 * upstream has accepted the stream, so that it can write the body to another stream if this one is refused.
 */
export class Http2Upload {
  readonly #body: Readable;
  readonly #memory: ReplayMemory;
  readonly #owner: UploadOwner;
  #stream: ClientHttp2Stream | null = null;
  /** What was written; null when it cannot be written again. */
  #kept: Buffer[] | null = [];
  #keptBytes = 0;
  #remaining: number;
  readonly #canHaveTrailers: boolean;
  /** The piece with the last byte of a body of known length. It waits for the end, to share a frame with it. */
  #last: Buffer | undefined;
  /** Ends the stream; called when it has sent all that was written before the last piece. */
  #end: (() => void) | undefined;
  #hasStarted = false;
  #hasEnded = false;

  /**
   * @param length of the body in bytes; below zero if it is not known
   * @param canHaveTrailers the stream ends with a frame after the body
   */
  constructor(body: Readable, length: number, canHaveTrailers: boolean, memory: ReplayMemory, owner: UploadOwner) {
    this.#body = body;
    this.#remaining = length;
    this.#canHaveTrailers = canHaveTrailers;
    this.#memory = memory;
    this.#owner = owner;
  }

  /** The upstream does not take the body that is there for it. */
  get isBlocked(): boolean {
    return this.#stream !== null && this.#body.isPaused();
  }

  /** The body can be written to another stream from its start. */
  get isRepeatable(): boolean {
    return this.#kept !== null;
  }

  /** Writes the body to this stream. Called again, from its start, after `detach`. */
  attach(stream: ClientHttp2Stream): void {
    this.#stream = stream;
    stream.on("drain", () => this.#stream === stream && this.#body.resume());
    const kept = this.#kept ?? [];
    const last = this.#hasEnded && this.#isAtLastByte ? kept.at(-1) : undefined;
    let canTakeMore = true;
    for (const chunk of last === undefined ? kept : kept.slice(0, -1)) canTakeMore = this.#write(stream, chunk);
    if (this.#hasEnded) return this.#finish(stream, last);
    if (!this.#hasStarted) this.#start();
    if (canTakeMore) this.#body.resume();
    return undefined;
  }

  /** The stream was refused. The body waits for the next one. */
  detach(): void {
    this.#stream = null;
    this.#end = undefined;
    this.#body.pause();
  }

  /** The upstream has begun to process the request: it will not be sent again. */
  release(): void {
    this.#memory.freeBytes += this.#keptBytes;
    this.#keptBytes = 0;
    this.#kept = null;
  }

  /** Destroys the body. Idempotent. */
  stop(): void {
    this.#stream = null;
    this.#end = undefined;
    this.#body.off("data", this.#onData).off("end", this.#onEnd).off("close", this.#onFailure);
    this.#body.destroy();
    this.release();
  }

  #start(): void {
    this.#hasStarted = true;
    const body = this.#body;
    body.on("data", this.#onData).once("end", this.#onEnd).on("error", this.#onFailure).once("close", this.#onFailure);
    if (body.destroyed) this.#onFailure();
  }

  /** All bytes have been read, and no trailers can follow. */
  get #isAtLastByte(): boolean {
    return this.#remaining === 0 && !this.#canHaveTrailers;
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#remaining -= chunk.length;
    this.#owner.bodyProgressed();
    if (this.#isAtLastByte) return void (this.#last = chunk);
    this.#keep(chunk);
    const canTakeMore = this.#stream === null || this.#write(this.#stream, chunk);
    // The trailers must not wait until the upstream has taken the last byte.
    if (!canTakeMore && this.#remaining !== 0) this.#body.pause();
    return undefined;
  };

  readonly #onEnd = (): void => {
    this.#hasEnded = true;
    this.#body.off("close", this.#onFailure);
    const last = this.#last;
    this.#last = undefined;
    if (last !== undefined) this.#keep(last);
    if (this.#stream !== null) this.#finish(this.#stream, last);
  };

  /** An error, or a close before the end. The message of the error can contain client data, so it is not passed on. */
  readonly #onFailure = (): void => this.#owner.bodyFailed();

  /** @returns false when the stream takes no more for now */
  #write(stream: ClientHttp2Stream, chunk: Buffer): boolean {
    return stream.write(chunk, () => {
      if (this.#stream === stream && stream.writableLength === 0) this.#end?.();
    });
  }

  /**
   * Ends the stream. The last byte and END_STREAM share a frame: a server of HTTP/1.1 behind the upstream responds to the last
   * byte, and Envoy resets a stream whose response ends before its request does. Node marks a piece as the last one in the tick
   * after its write. When it writes a piece because it has sent the one before, it can send that, too, before the tick.
   */
  #finish(stream: ClientHttp2Stream, last: Buffer | undefined): void {
    this.#owner.bodySent();
    if (last === undefined) return void stream.end();
    const end = (): void => {
      this.#end = undefined;
      process.nextTick(() => this.#stream === stream && stream.end(last));
    };
    if (stream.writableLength === 0) return end();
    this.#end = end;
    return undefined;
  }

  #keep(chunk: Buffer): void {
    if (this.#kept === null) return;
    const bytes = this.#keptBytes + chunk.length;
    const reserved = bytes > SMALL_BODY_BYTES ? RESERVED_BYTES : 0;
    if (bytes > MAX_KEPT_BYTES || chunk.length > this.#memory.freeBytes - reserved) return this.release();
    this.#memory.freeBytes -= chunk.length;
    this.#keptBytes = bytes;
    // A small part of a large read would keep all of its memory.
    this.#kept.push(chunk.length * 2 < chunk.buffer.byteLength ? Buffer.from(chunk) : chunk);
    return undefined;
  }
}
