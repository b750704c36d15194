import type { PostgresLocation } from "../../../model/store/store-location.ts";
import { closeSession, openSession, type PostgresSession, type SessionOptions } from "./connection.ts";
import { toPostgresError } from "./postgres-error.ts";

export interface SessionPoolOptions extends SessionOptions {
  /** Maximum number of sessions; more work than that waits. */
  readonly size: number;
}

/**
 * Sessions for queries that read, opened on demand. `pg` has a pool too, but for one host: here, each session connects to the
 * first host that accepts it, so that the pool follows a failover.
 */
export class SessionPool {
  readonly #location: PostgresLocation;
  readonly #options: SessionPoolOptions;
  readonly #idle = new Set<PostgresSession>();
  readonly #waiting: (() => void)[] = [];
  #used = 0;
  #isClosed = false;

  constructor(location: PostgresLocation, options: SessionPoolOptions) {
    this.#location = location;
    this.#options = options;
  }

  /**
   * Runs queries on a session of their own. A session whose work failed is closed, with its transaction, unless the failure is
   * the program's.
   * @throws {PostgresError} for every failure of the database
   */
  async use<Result>(work: (session: PostgresSession) => Promise<Result>): Promise<Result> {
    if (this.#used >= this.#options.size) await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    else this.#used += 1;
    try {
      const session = await this.#take();
      try {
        const result = await work(session);
        this.#giveBack(session);
        return result;
      } catch (error) {
        closeSession(session);
        throw isProgramError(error) ? error : toPostgresError(error);
      }
    } finally {
      const next = this.#waiting.shift();
      // The next one takes the place of this one.
      if (next === undefined) this.#used -= 1;
      else next();
    }
  }

  /** Closes idle sessions now, and used ones after their work. */
  close(): void {
    this.#isClosed = true;
    for (const session of this.#idle) closeSession(session);
    this.#idle.clear();
  }

  async #take(): Promise<PostgresSession> {
    const [session] = this.#idle;
    if (session !== undefined) {
      this.#idle.delete(session);
      return session;
    }
    const opened = await openSession(this.#location, this.#options);
    opened.on("end", () => this.#idle.delete(opened));
    return opened;
  }

  #giveBack(session: PostgresSession): void {
    if (this.#isClosed) closeSession(session);
    else this.#idle.add(session);
  }
}

/** Not from the database, whose errors have a code. */
function isProgramError(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
}
