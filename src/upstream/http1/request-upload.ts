import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import type { RawHeaders } from "../../model/capture.ts";
import { CHUNKED, type RequestHead, trailerSection } from "../../http/http1/request-writer.ts";

const HEX = 16;
const NO_FIELDS: RawHeaders = [];

/** Hears how a body fares. */
export interface UploadOwner {
  /** A piece was written. */
  bodyMoved(): void;
  /** Everything was written. */
  bodySent(): void;
  /** What was written is no whole request: the connection must be given up. */
  bodyFailed(detail: string): void;
}

/** A streamed request body on its way to a socket, at the socket's pace. */
export class RequestUpload {
  /** Everything was written. */
  isDone = false;
  /** The upstream does not take what is there for it. */
  isHeldBack = false;
  readonly #body: Readable;
  readonly #socket: Socket;
  readonly #owner: UploadOwner;
  readonly #trailers: (() => RawHeaders) | undefined;
  readonly #bodyLength: number;
  /** It waits for the first piece of the body, to share a packet with it. */
  #head: string;
  #written = 0;
  #over = false;

  /** Begins at once. */
  constructor(
    body: Readable,
    head: RequestHead,
    trailers: (() => RawHeaders) | undefined,
    socket: Socket,
    owner: UploadOwner,
  ) {
    this.#body = body;
    this.#socket = socket;
    this.#owner = owner;
    this.#trailers = trailers;
    this.#bodyLength = head.bodyLength;
    this.#head = head.text;
    body.on("data", this.#data).once("end", this.#end).on("error", this.#failed).once("close", this.#failed);
    socket.on("drain", this.#drained);
    // Not for long: the upstream may want to answer before there is a body.
    setImmediate(this.#flushHead);
    if (body.destroyed) this.#failed();
  }

  /** Lets go of the body and the socket. */
  stop(): void {
    if (this.#over) return;
    this.#over = true;
    this.#body.off("data", this.#data).off("end", this.#end).off("close", this.#failed);
    this.#socket.off("drain", this.#drained);
  }

  readonly #flushHead = (): void => {
    if (this.#over || this.#head === "") return;
    this.#socket.write(this.#takeHead(), "latin1");
  };

  readonly #drained = (): void => {
    this.isHeldBack = false;
    this.#body.resume();
  };

  readonly #data = (chunk: Buffer | string): void => {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    // A chunk of no bytes would be the last one.
    if (bytes.length === 0) return;
    this.#written += bytes.length;
    if (this.#bodyLength !== CHUNKED && this.#written > this.#bodyLength) {
      // What goes beyond would be the upstream's next request.
      return this.#fail("the request's body is longer than it says");
    }
    if (!this.#write(bytes)) {
      this.isHeldBack = true;
      this.#body.pause();
    }
    this.#owner.bodyMoved();
  };

  readonly #end = (): void => {
    if (this.#bodyLength === CHUNKED) {
      const trailers = trailerSection(this.#trailers?.() ?? NO_FIELDS);
      if (trailers === null) return this.#fail("a trailer of the request cannot be sent");
      this.#socket.write(`${this.#takeHead()}0\r\n${trailers}`, "latin1");
    } else if (this.#written < this.#bodyLength) return this.#fail("the request's body is shorter than it says");
    else this.#flushHead();
    this.isDone = true;
    this.isHeldBack = false;
    this.stop();
    return this.#owner.bodySent();
  };

  /** An error, or a close before the end; the error's own words may be the client's. */
  readonly #failed = (): void => {
    this.#fail("the request's body failed");
  };

  #write(bytes: Buffer): boolean {
    const socket = this.#socket;
    const head = this.#takeHead();
    if (this.#bodyLength !== CHUNKED && head === "") return socket.write(bytes);
    socket.cork();
    if (this.#bodyLength === CHUNKED) {
      socket.write(`${head}${bytes.length.toString(HEX)}\r\n`, "latin1");
      socket.write(bytes);
      socket.write("\r\n", "latin1");
    } else {
      socket.write(head, "latin1");
      socket.write(bytes);
    }
    const hasRoom = !socket.writableNeedDrain;
    socket.uncork();
    return hasRoom;
  }

  #takeHead(): string {
    const head = this.#head;
    this.#head = "";
    return head;
  }

  #fail(detail: string): void {
    if (this.#over) return;
    this.stop();
    this.#owner.bodyFailed(detail);
  }
}
