import type { Http1Connection } from "./http1-connection.ts";

/** Connections whose answers ended in the same turn of the event loop. */
interface Round {
  readonly free: Http1Connection[];
  /** A request waits for them. */
  readonly wanted: Http1Connection[];
}

/**
 * Where connections stay behind an answer. An upstream may send more than its answer, or close behind it, and neither may
 * meet the next request: the event loop reads every socket once more before a connection is used again (undici does likewise
 * since GHSA-35p6-xmwp-9g52). Who needs one before may have it, and waits.
 */
export class ConnectionQuarantine {
  readonly #ready: (connection: Http1Connection) => void;
  #latest: Round = { free: [], wanted: [] };
  #earlier: Round = { free: [], wanted: [] };
  #isTurning = false;

  /** @param ready for another request; called for those that nobody took */
  constructor(ready: (connection: Http1Connection) => void) {
    this.#ready = ready;
  }

  add(connection: Http1Connection): void {
    this.#latest.free.push(connection);
    if (this.#isTurning) return;
    this.#isTurning = true;
    setImmediate(this.#turn);
  }

  /** @returns one that is soon ready; a request that it is given then is sent */
  take(): Http1Connection | undefined {
    return takeFrom(this.#earlier) ?? takeFrom(this.#latest);
  }

  readonly #turn = (): void => {
    const { free, wanted } = this.#earlier;
    const done = this.#earlier;
    this.#earlier = this.#latest;
    this.#latest = done;
    for (const connection of wanted) connection.rested();
    for (const connection of free) {
      connection.rested();
      if (!connection.isClosed) this.#ready(connection);
    }
    wanted.length = 0;
    free.length = 0;
    this.#isTurning = this.#earlier.free.length > 0 || this.#earlier.wanted.length > 0;
    if (this.#isTurning) setImmediate(this.#turn);
  };
}

function takeFrom({ free, wanted }: Round): Http1Connection | undefined {
  for (let connection = free.pop(); connection !== undefined; connection = free.pop()) {
    if (connection.isClosed) continue;
    wanted.push(connection);
    return connection;
  }
  return undefined;
}
