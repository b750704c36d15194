import { SerialQueue } from "../../../lib/async/serial-queue.ts";
import { settlesWithin } from "../../../lib/settles-within.ts";
import type { PostgresLocation } from "../../../model/store/store-location.ts";
import { closeSession, openSession, type PostgresSession } from "../connect/connection.ts";
import { Merger } from "../merge/merger.ts";
import type { PostgresWriterOptions } from "./postgres-writer-options.ts";

const MERGE_EVERY_MS = 500;
/** At the end, what is left can be merged by another replica, or by the next report. */
const DRAIN_TIMEOUT_MS = 5_000;
/** Appends wait for retention, but not longer: a day of a large store takes its time. */
const RETENTION_WAIT_MS = 3_000;
const BUSY_PAUSE_MS = 50;

/** Who should merge, by the row of the last merge. */
interface MergeTurn {
  readonly isMine: boolean;
  /** The replica that merged last does not: it is gone, or entries have waited for long. */
  readonly isOpen: boolean;
}

/**
 * Merges the logs of all replicas as long as this one should: the one that merged last goes on, because it has the state in memory,
 * and the others step in when it does not. Works on a session of its own, so that appends never wait for a merge. A failure leaves
 * the entries for the next merge.
 */
export class MergeLoop {
  readonly #location: PostgresLocation;
  readonly #replicaKey: number;
  readonly #options: PostgresWriterOptions;
  readonly #queue = new SerialQueue();
  #session: PostgresSession | undefined;
  #merger: Merger;
  #timer: NodeJS.Timeout | undefined;
  /** Work that waits for the merges, which pause for it however many entries are left. */
  #waiting = 0;
  #isRetaining = false;
  #isClosed = false;

  constructor(location: PostgresLocation, replicaKey: number, options: PostgresWriterOptions) {
    this.#location = location;
    this.#replicaKey = replicaKey;
    this.#options = options;
    this.#merger = this.#newMerger();
    this.#schedule();
  }

  /** See `Merger.applyRetention`. Goes on after a while without its caller, who is told that there is nothing more to delete. */
  async applyRetention(nowMs: number): Promise<boolean> {
    if (this.#isRetaining) return false;
    this.#isRetaining = true;
    let hasMore = false;
    const step = this.#runSoon(async (session) => {
      const { isMine, isOpen } = await this.#turn(session);
      hasMore = (isMine || isOpen) && (await this.#merger.applyRetention(session, nowMs));
    }).finally(() => (this.#isRetaining = false));
    await settlesWithin(RETENTION_WAIT_MS, step);
    return hasMore;
  }

  /** Merges what is left, unless another replica does it, or the database takes too long. */
  async drain(): Promise<void> {
    const deadline = performance.now() + DRAIN_TIMEOUT_MS;
    const drained = this.#runSoon(async (session) => {
      while (performance.now() < deadline) {
        const { isMine, isOpen } = await this.#turn(session);
        const result = isMine || isOpen ? await this.#merge(session) : null;
        if (result === null || (result !== "busy" && !result.entriesLeft)) return;
        if (result === "busy") await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS));
      }
    });
    await settlesWithin(DRAIN_TIMEOUT_MS, drained);
  }

  /** A merge in progress ends with its session: it has no effect, and the next one repeats it. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#reset();
  }

  #schedule(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      void this.#run((session) => this.#mergeInTurn(session)).finally(() => this.#schedule());
    }, MERGE_EVERY_MS);
  }

  async #mergeInTurn(session: PostgresSession): Promise<void> {
    const { isMine, isOpen } = await this.#turn(session);
    if (!isMine && !isOpen) return;
    let result = await this.#merge(session);
    while (result !== "busy" && result.entriesLeft && this.#waiting === 0) result = await this.#merge(session);
  }

  async #merge(session: PostgresSession): ReturnType<Merger["mergeOnce"]> {
    const result = await this.#merger.mergeOnce(session);
    if (result !== "busy" && result.lostExchanges > 0) this.#options.onMergeLoss(result.lostExchanges);
    return result;
  }

  async #turn(session: PostgresSession): Promise<MergeTurn> {
    const { rows } = await session.query<MergeTurn>(
      `SELECT coalesce(merger = $1, false) AS "isMine",
         NOT EXISTS (SELECT FROM replica WHERE key = merger AND ended_at IS NULL AND heartbeat_at > now() - interval '5 s')
         OR (merged_at < now() - interval '2 s' AND EXISTS (SELECT FROM entry WHERE at < now() - interval '2 s')) AS "isOpen"
       FROM merge_state`,
      [this.#replicaKey],
    );
    return rows[0] ?? { isMine: false, isOpen: false };
  }

  async #runSoon(work: (session: PostgresSession) => Promise<void>): Promise<void> {
    this.#waiting += 1;
    await this.#run(work, () => (this.#waiting -= 1));
  }

  /** After a failure, which is reported, the next work gets a new session. */
  #run(work: (session: PostgresSession) => Promise<void>, onBegin?: () => void): Promise<void> {
    return this.#queue.run(async () => {
      onBegin?.();
      try {
        if (!this.#isClosed) await work(await this.#connected());
      } catch {
        // Closed while it worked.
        if (this.#isClosed) return;
        this.#reset();
        this.#options.onMergeFailure();
      }
    });
  }

  async #connected(): Promise<PostgresSession> {
    if (this.#session !== undefined) return this.#session;
    const session = await openSession(this.#location, {
      applicationName: `shadowdiff ${this.#options.replica.name} merge`,
      access: "write",
    });
    if (this.#isClosed) {
      closeSession(session);
      throw new Error("the merges have ended");
    }
    this.#session = session;
    return session;
  }

  #reset(): void {
    if (this.#session !== undefined) closeSession(this.#session);
    this.#session = undefined;
    this.#merger = this.#newMerger();
  }

  #newMerger(): Merger {
    return new Merger({ ...this.#options, replicaKey: this.#replicaKey });
  }
}
