import type { Socket } from "node:net";

/** RFC 9113 §3.4: what a client sends first that knows beforehand that HTTP/2 is spoken. */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

export interface PrefaceHandler {
  readonly http1: (socket: Socket) => void;
  readonly http2: (socket: Socket) => void;
}

/**
 * Finds out by its first bytes which version of HTTP a client speaks, and hands the socket over with every byte in it.
 * Bytes are looked at once per connection; mostly the first piece tells.
 * @param limitMs for the first bytes to come; then the connection is closed
 */
export function detectVersion(socket: Socket, limitMs: number, { http1, http2 }: PrefaceHandler): void {
  let seen: Buffer = Buffer.alloc(0);
  socket.setTimeout(limitMs);
  socket.on("timeout", giveUp).on("error", giveUp).on("end", giveUp).on("readable", look);

  function look(): void {
    for (let chunk = read(socket); chunk !== null; chunk = read(socket)) {
      seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    }
    if (seen.length === 0) return;
    const length = Math.min(seen.length, PREFACE.length);
    const isPreface = seen.compare(PREFACE, 0, length, 0, length) === 0;
    if (isPreface && length < PREFACE.length) return;
    forget();
    socket.unshift(seen);
    if (isPreface) http2(socket);
    else http1(socket);
  }

  /** Silent, gone, or ended before a whole preface: there is nobody to answer. */
  function giveUp(): void {
    forget();
    socket.destroy();
  }

  function forget(): void {
    socket.setTimeout(0);
    socket.off("timeout", giveUp).off("error", giveUp).off("end", giveUp).off("readable", look);
  }
}

function read(socket: Socket): Buffer | null {
  return socket.read() as Buffer | null;
}
