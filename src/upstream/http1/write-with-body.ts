import type { Socket } from "node:net";

/** A body up to this size is copied behind its head and written together with it. */
const MAX_JOINED_BODY_BYTES = 64 * 1024;

/** Writes a request head and its body in one system call. @param head in latin1 */
export function writeWithBody(socket: Socket, head: string, body: Buffer): void {
  if (body.length > MAX_JOINED_BODY_BYTES) {
    socket.cork();
    socket.write(head, "latin1");
    socket.write(body);
    return socket.uncork();
  }
  const joined = Buffer.allocUnsafe(head.length + body.length);
  joined.write(head, "latin1");
  body.copy(joined, head.length);
  return void socket.write(joined);
}
