import type { Socket } from "node:net";
import type { TransportFailure } from "../../model/capture.ts";
import { toTransportFailure } from "../transport-failure.ts";

/** The upstream no longer reads. */
export interface WriteFailure {
  readonly failure: TransportFailure;
  /** In the time of `performance.now()`. */
  readonly at: number;
  /** The upstream reset the connection, which can have destroyed a part of its response. EPIPE: it ended the connection first. */
  readonly wasReset: boolean;
}

type WriteDone = (error?: Error | null) => void;

/**
 * Keeps a socket alive after a write error. Node destroys it then, together with a response that the kernel has received and
 * that was not read yet: a server that responds before it has read the request, and closes, would seem not to have responded.
 */
export class WriteGuard {
  /** The kernel has taken at least a part of what was written since the owner set this to false. */
  hasWritten = false;

  /** @param onError receives each write error. The socket can still be read, and must be destroyed by the owner. */
  constructor(socket: Socket, onError: (failure: WriteFailure) => void) {
    const write = socket._write.bind(socket);
    const writev = socket._writev?.bind(socket);
    // A stream writes one chunk at a time.
    let done: WriteDone;
    let isFailed = false;
    const finish: WriteDone = (error) => {
      if (error != null) {
        isFailed = true;
        onError(toWriteFailure(error));
      }
      done();
    };
    socket._write = (chunk, encoding, callback) => {
      done = callback;
      isFailed = false;
      write(chunk, encoding, finish);
      // An error that is known at once means that the kernel took none of the bytes.
      if (!isFailed) this.hasWritten = true;
    };
    socket._writev = (chunks, callback) => {
      done = callback;
      isFailed = false;
      writev?.(chunks, finish);
      if (!isFailed) this.hasWritten = true;
    };
  }
}

function toWriteFailure(error: NodeJS.ErrnoException): WriteFailure {
  return { failure: toTransportFailure(error), at: performance.now(), wasReset: error.code !== "EPIPE" };
}
