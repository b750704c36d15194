import type { Http2Stream } from "node:http2";
import { addAbortSignal } from "node:stream";

/**
 * Resets a stream with CANCEL, so that the other side sees that our message is incomplete. `close` would first end our message, and
 * if everything written so far has been sent, END_STREAM would make it look complete.
 */
export function cancelStream(stream: Http2Stream): void {
  addAbortSignal(AbortSignal.abort(), stream);
}
