import type { Socket } from "node:net";
import { CLIENT_IDLE_TIMEOUT_MS } from "./client-limits.ts";

/** RFC 9113 §3.4: first bytes of a client that speaks HTTP/2 with prior knowledge. */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

export interface HttpVersionHandler {
  /** @param received bytes that were read so far */
  readonly http1: (received: Buffer) => void;
  /** All bytes are back in the socket. */
  readonly http2: () => void;
}

/**
 * Detects the HTTP version of a cleartext client from its first bytes; usually the first piece is enough.
 * The connection is closed when the first bytes do not arrive within the idle time.
 * @param headTimeoutMs for the rest of a preface
 */
export function detectHttpVersion(socket: Socket, headTimeoutMs: number, { http1, http2 }: HttpVersionHandler): void {
  let received: Buffer = Buffer.alloc(0);
  socket.setTimeout(CLIENT_IDLE_TIMEOUT_MS);
  socket.on("timeout", close).on("error", close).on("end", close).on("data", detect);

  function detect(chunk: Buffer): void {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const length = Math.min(received.length, PREFACE.length);
    const isPreface = received.compare(PREFACE, 0, length, 0, length) === 0;
    if (isPreface && length < PREFACE.length) return void socket.setTimeout(headTimeoutMs);
    removeListeners();
    if (!isPreface) return http1(received);
    socket.pause();
    socket.unshift(received);
    return http2();
  }

  /** The client was silent, or ended before a complete preface: there is no request to respond to. */
  function close(): void {
    removeListeners();
    socket.destroy();
  }

  function removeListeners(): void {
    socket.setTimeout(0);
    socket.off("timeout", close).off("error", close).off("end", close).off("data", detect);
  }
}
