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
  readonly #endsWithLastByte: boolean;
  #hasStarted = false;
  #hasEnded = false;

  /**
   * @param length of the body in bytes; below zero if it is not known
   * @param canHaveTrailers the end of the body must wait for trailers
   */
  constructor(body: Readable, length: number, canHaveTrailers: boolean, memory: ReplayMemory, owner: UploadOwner) {
    this.#body = body;
    this.#remaining = length;
    this.#endsWithLastByte = !canHaveTrailers;
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
    let canTakeMore = true;
    for (const chunk of this.#kept ?? []) canTakeMore = stream.write(chunk);
    if (this.#hasEnded) return this.#finish(stream);
    if (!this.#hasStarted) this.#start();
    if (canTakeMore) this.#body.resume();
    return undefined;
  }

  /** The stream was refused. The body waits for the next one. */
  detach(): void {
    this.#stream = null;
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

  readonly #onData = (chunk: Buffer): void => {
    this.#keep(chunk);
    this.#remaining -= chunk.length;
    const canTakeMore = this.#stream?.write(chunk);
    this.#owner.bodyProgressed();
    // The end must not come after the last byte, neither when the upstream has taken it nor with the client's next event: a server of
    // HTTP/1.1 behind the upstream responds at once, and Envoy resets a stream whose response ends before its request does.
    if (this.#remaining !== 0) {
      if (canTakeMore === false) this.#body.pause();
    } else if (this.#endsWithLastByte) {
      this.#body.off("end", this.#onEnd);
      this.#onEnd();
    }
  };

  readonly #onEnd = (): void => {
    this.#hasEnded = true;
    this.#body.off("close", this.#onFailure);
    if (this.#stream !== null) this.#finish(this.#stream);
  };

  /** An error, or a close before the end. The message of the error can contain client data, so it is not passed on. */
  readonly #onFailure = (): void => this.#owner.bodyFailed();

  #finish(stream: ClientHttp2Stream): void {
    stream.end();
    this.#owner.bodySent();
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
