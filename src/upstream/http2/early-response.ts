import type { ClientHttp2Stream } from "node:http2";
import { cancelStream } from "../../http/http2/cancel-stream.ts";

/** How long an upstream can take to end an upload itself after its response. */
const RESET_AFTER_MS = 500;

/**
 * Ends a stream whose response is complete and whose request is not: the upstream asks for the end of such an upload with a reset
 * (RFC 9113 §8.1), and gets the time to do so. If ours arrives just before, Tomcat does not return the window of what it discards.
 */
export function cancelUpload(stream: ClientHttp2Stream): void {
  if (stream.destroyed) return;
  const timer = setTimeout(cancelStream, RESET_AFTER_MS, stream).unref();
  stream.once("close", () => clearTimeout(timer));
}
