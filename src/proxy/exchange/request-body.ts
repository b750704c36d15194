import { Readable } from "node:stream";
import { countStreamedBytes } from "../../lib/garbage-collection.ts";
import type { RequestBodyObserver } from "../../model/mirror-stage.ts";
import type { ClientRequest } from "./client-exchange.ts";

/** Chunks read from the client before the primary accepts them. Each is at most one read of the socket, 64 KiB. */
export const MAX_BUFFERED_CHUNKS = 4;

/**
 * Streams the client's body to the primary. The primary applies back pressure to the client; the observer never does. When
 * the stream is destroyed early, the rest of the body is discarded, so that the connection can be used for another request.
 */
export function forwardBody(request: ClientRequest, observer: RequestBodyObserver | null): Readable {
  // In byte mode, undici would send Content-Length when it finds the body complete, and the legs would differ by chance.
  const body = new Readable({
    objectMode: true,
    highWaterMark: MAX_BUFFERED_CHUNKS,
    read: () => void request.resume(),
  });
  // The leg reports the error. Without a listener it would end the process.
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
