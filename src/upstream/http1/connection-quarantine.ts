import type { Http1Connection } from "./http1-connection.ts";

/** Connections whose responses ended in the same turn of the event loop. */
interface QuarantineRound {
  readonly free: Http1Connection[];
  /** Connections that already have the next request, which is not sent yet. */
  readonly taken: Http1Connection[];
}

/**
 * Holds connections back after a response. An upstream can send more than its response, or close the connection, and neither
 * must affect the next request: the event loop reads every socket once more before its connection is used again (undici does
 * the same since GHSA-35p6-xmwp-9g52). A connection can be taken before that; its request is sent afterwards.
 */
export class ConnectionQuarantine {
  readonly #release: (connection: Http1Connection) => void;
  #latest: QuarantineRound = { free: [], taken: [] };
  #earlier: QuarantineRound = { free: [], taken: [] };
  #isScheduled = false;

  /** @param release receives each open connection that was not taken */
  constructor(release: (connection: Http1Connection) => void) {
    this.#release = release;
  }

  add(connection: Http1Connection): void {
    this.#latest.free.push(connection);
    this.#schedule();
  }

  /** Takes in a connection that already has its next request. */
  addTaken(connection: Http1Connection): void {
    this.#latest.taken.push(connection);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#endRound);
  }

  /** @returns the connection that leaves the quarantine next, or undefined if there is none */
  take(): Http1Connection | undefined {
    return takeFrom(this.#earlier) ?? takeFrom(this.#latest);
  }

  readonly #endRound = (): void => {
    const { free, taken } = this.#earlier;
    const emptied = this.#earlier;
    this.#earlier = this.#latest;
    this.#latest = emptied;
    for (const connection of taken) connection.endQuarantine();
    for (const connection of free) {
      connection.endQuarantine();
      if (!connection.isClosed) this.#release(connection);
    }
    taken.length = 0;
    free.length = 0;
    this.#isScheduled = this.#earlier.free.length > 0 || this.#earlier.taken.length > 0;
    if (this.#isScheduled) setImmediate(this.#endRound);
  };
}

function takeFrom({ free, taken }: QuarantineRound): Http1Connection | undefined {
  for (let connection = free.pop(); connection !== undefined; connection = free.pop()) {
    if (connection.isClosed) continue;
    taken.push(connection);
    return connection;
  }
  return undefined;
}
