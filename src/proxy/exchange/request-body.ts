import { Readable } from "node:stream";
import { countStreamedBytes } from "../../lib/garbage-collection.ts";
import type { ClientRequest } from "./client-exchange.ts";

export interface BodyObserver {
  requestData(chunk: Buffer): void;
  requestEnd(): void;
}

/** Read from the client before the primary takes them; each is at most what one read of the socket gives, 64 KiB. */
const CHUNKS_AHEAD = 4;

/**
 * The client's body on its way to the primary. The primary's pace holds the client back; an observer never does. When
 * the stream is destroyed early, the rest of the body is read and thrown away, so that the connection can go on.
 */
export function forwardBody(request: ClientRequest, observer: BodyObserver | null): Readable {
  // Object mode: or undici would announce a length when it finds the body complete, and the legs would differ by chance.
  const body = new Readable({
    objectMode: true,
    highWaterMark: CHUNKS_AHEAD,
    read: () => void request.resume(),
  });
  // Told by the leg; without a listener it would end the process.
  body.on("error", () => {});
  body.once("close", () => request.resume());
  request.on("data", (chunk: Buffer) => {
    countStreamedBytes(chunk.length);
    observer?.requestData(chunk);
    if (!body.destroyed && !body.push(chunk)) request.pause();
  });
  request.once("end", () => {
    observer?.requestEnd();
    if (!body.destroyed) body.push(null);
  });
  return body;
}
