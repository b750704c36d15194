import { Readable } from "node:stream";
import type { ClientRequest } from "../exchange/client-exchange.ts";

/** As much as one read of a socket, so that a slow upstream holds up the rest. */
const CHUNK_BYTES = 64 * 1024;

/** The body of a recorded request, which is in memory. */
export class RecordedBody implements ClientRequest {
  readonly canHaveTrailers = false;
  readonly complete = true;
  readonly rawTrailers = [];
  readonly #chunks: Readable;

  constructor(body: Uint8Array) {
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    let sent = 0;
    this.#chunks = new Readable({
      highWaterMark: CHUNK_BYTES,
      read() {
        this.push(sent < bytes.length ? bytes.subarray(sent, sent + CHUNK_BYTES) : null);
        sent += CHUNK_BYTES;
      },
    });
  }

  on(event: "data", listener: (chunk: Buffer) => void): void {
    this.#chunks.on(event, listener);
  }

  once(event: "end", listener: () => void): void {
    this.#chunks.once(event, listener);
  }

  pause(): void {
    this.#chunks.pause();
  }

  resume(): void {
    this.#chunks.resume();
  }
}
