import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { CHUNK_END, writeChunkHead, writeLastChunk } from "../../http/http1/chunked-coding.ts";
import { CHUNKED_BODY } from "../../http/http1/message-framing.ts";
import { fieldRules, writeFieldLines } from "../../http/http1/header-writer.ts";
import type { WrittenRequestHead } from "../../http/http1/request-writer.ts";
import type { RawHeaders } from "../../model/capture.ts";

const NO_FIELDS: RawHeaders = [];
const TRAILER_FIELDS = fieldRules("request", []);

/** Receives the progress of an upload. */
export interface UploadOwner {
  /** A piece was written. */
  bodyProgressed(): void;
  /** The body was written completely. */
  bodySent(): void;
  /** The written request is incomplete, so the connection must be closed. */
  bodyFailed(detail: string): void;
}

export interface RequestUploadOptions {
  readonly body: Readable;
  readonly head: WrittenRequestHead;
  readonly trailers: (() => RawHeaders) | undefined;
  readonly socket: Socket;
  readonly owner: UploadOwner;
}

/** Writes a streamed request body to a socket, at the pace of the socket. */
export class RequestUpload {
  /** The body was written completely. */
  isDone = false;
  /** The upstream does not take the body that is there for it. */
  isBlocked = false;
  readonly #body: Readable;
  readonly #socket: Socket;
  readonly #owner: UploadOwner;
  readonly #trailers: (() => RawHeaders) | undefined;
  readonly #bodyLength: number;
  /** Waits for the first piece of the body, to share a packet with it. */
  #head: string;
  #written = 0;
  /** The piece that is being written. */
  #piece: Buffer | null = null;
  #isStopped = false;

  /** Starts at once. */
  constructor({ body, head, trailers, socket, owner }: RequestUploadOptions) {
    this.#body = body;
    this.#socket = socket;
    this.#owner = owner;
    this.#trailers = trailers;
    this.#bodyLength = head.bodyLength;
    this.#head = head.text;
    body.on("data", this.#onData).once("end", this.#onEnd).on("error", this.#onFailure).once("close", this.#onFailure);
    socket.on("drain", this.#onDrain);
    // The head must not wait longer: the upstream can respond before there is a body.
    setImmediate(this.#flushHead);
    // A body that another upload has released.
    if (body.isPaused()) body.resume();
    if (body.destroyed) this.#onFailure();
  }

  /** Releases the body with what was read of it, for another upload. Only for an upload whose first write has failed. */
  rewind(): void {
    this.stop();
    this.#body.pause();
    if (this.#piece !== null) this.#body.unshift(this.#piece);
  }

  /** Releases the body and the socket. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#body.off("data", this.#onData).off("end", this.#onEnd).off("close", this.#onFailure);
    this.#socket.off("drain", this.#onDrain);
  }

  readonly #flushHead = (): void => {
    if (this.#isStopped || this.#head === "") return;
    this.#socket.write(this.#takeHead(), "latin1");
  };

  readonly #onDrain = (): void => {
    this.isBlocked = false;
    this.#body.resume();
  };

  readonly #onData = (chunk: Buffer | string): void => {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    // A chunk without bytes would end the body.
    if (bytes.length === 0) return;
    this.#written += bytes.length;
    if (this.#bodyLength !== CHUNKED_BODY && this.#written > this.#bodyLength) {
      // The upstream would read excess bytes as the next request.
      return this.#fail("the request body is longer than its Content-Length");
    }
    this.#piece = bytes;
    if (!this.#write(bytes)) {
      this.isBlocked = true;
      this.#body.pause();
    }
    this.#piece = null;
    this.#owner.bodyProgressed();
  };

  readonly #onEnd = (): void => {
    if (this.#bodyLength === CHUNKED_BODY) {
      const trailers = writeFieldLines(this.#trailers?.() ?? NO_FIELDS, TRAILER_FIELDS);
      if (trailers.problem !== "") return this.#fail("a trailer of the request cannot be sent");
      this.#socket.write(`${this.#takeHead()}${writeLastChunk(trailers.text)}`, "latin1");
    } else if (this.#written < this.#bodyLength) {
      return this.#fail("the request body is shorter than its Content-Length");
    } else this.#flushHead();
    this.isDone = true;
    this.isBlocked = false;
    this.stop();
    return this.#owner.bodySent();
  };

  /** An error, or a close before the end. The message of the error can contain client data, so it is not passed on. */
  readonly #onFailure = (): void => {
    this.#fail("the request body failed");
  };

  #write(bytes: Buffer): boolean {
    const socket = this.#socket;
    const head = this.#takeHead();
    if (this.#bodyLength !== CHUNKED_BODY && head === "") return socket.write(bytes);
    socket.cork();
    if (this.#bodyLength === CHUNKED_BODY) {
      socket.write(`${head}${writeChunkHead(bytes.length)}`, "latin1");
      socket.write(bytes);
      socket.write(CHUNK_END, "latin1");
    } else {
      socket.write(head, "latin1");
      socket.write(bytes);
    }
    const canTakeMore = !socket.writableNeedDrain;
    socket.uncork();
    return canTakeMore;
  }

  #takeHead(): string {
    const head = this.#head;
    this.#head = "";
    return head;
  }

  #fail(detail: string): void {
    if (this.#isStopped) return;
    this.stop();
    this.#owner.bodyFailed(detail);
  }
}
