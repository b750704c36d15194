import type { Socket } from "node:net";

/** RFC 9113 §3.4: what a client sends first that knows beforehand that HTTP/2 is spoken. */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

export interface PrefaceHandler {
  /** @param seen what was read so far */
  readonly http1: (seen: Buffer) => void;
  /** Every byte is in the socket again. */
  readonly http2: () => void;
}

/**
 * Finds out by its first bytes which version of HTTP a client speaks. Bytes are looked at once per connection; mostly the
 * first piece tells.
 * @param limitMs for the first bytes to come; then the connection is closed
 */
export function detectVersion(socket: Socket, limitMs: number, { http1, http2 }: PrefaceHandler): void {
  let seen: Buffer = Buffer.alloc(0);
  socket.setTimeout(limitMs);
  socket.on("timeout", giveUp).on("error", giveUp).on("end", giveUp).on("data", look);

  function look(chunk: Buffer): void {
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const length = Math.min(seen.length, PREFACE.length);
    const isPreface = seen.compare(PREFACE, 0, length, 0, length) === 0;
    if (isPreface && length < PREFACE.length) return;
    forget();
    if (!isPreface) return http1(seen);
    socket.pause();
    socket.unshift(seen);
    return http2();
  }

  /** Silent, gone, or ended before a whole preface: there is nobody to answer. */
  function giveUp(): void {
    forget();
    socket.destroy();
  }

  function forget(): void {
    socket.setTimeout(0);
    socket.off("timeout", giveUp).off("error", giveUp).off("end", giveUp).off("data", look);
  }
}
