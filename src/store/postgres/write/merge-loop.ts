import { SerialQueue } from "../../../lib/async/serial-queue.ts";
import type { PostgresLocation } from "../../../model/store/store-location.ts";
import { closeSession, openSession, type PostgresSession } from "../connect/connection.ts";
import { Merger } from "../merge/merger.ts";
import type { PostgresWriterOptions } from "./postgres-writer-options.ts";

const MERGE_EVERY_MS = 500;
/** At the end, what is left can be merged by another replica, or by the next report. */
const DRAIN_TIMEOUT_MS = 5_000;
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
  #isClosed = false;

  constructor(location: PostgresLocation, replicaKey: number, options: PostgresWriterOptions) {
    this.#location = location;
    this.#replicaKey = replicaKey;
    this.#options = options;
    this.#merger = this.#newMerger();
    this.#schedule();
  }

  /** See `Merger.applyRetention`. */
  applyRetention(nowMs: number): Promise<boolean> {
    return this.#run(async (session) => {
      const { isMine, isOpen } = await this.#turn(session);
      return (isMine || isOpen) && (await this.#merger.applyRetention(session, nowMs));
    });
  }

  /** Merges what is left, unless another replica does it. */
  async drain(): Promise<void> {
    const deadline = performance.now() + DRAIN_TIMEOUT_MS;
    await this.#run(async (session) => {
      while (performance.now() < deadline) {
        const { isMine, isOpen } = await this.#turn(session);
        const result = isMine || isOpen ? await this.#merge(session) : null;
        if (result === null || (result !== "busy" && !result.entriesLeft)) return;
        if (result === "busy") await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS));
      }
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#queue.run(async () => this.#reset());
  }

  #schedule(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      const step = this.#run((session) => this.#mergeInTurn(session));
      void step.catch(() => this.#options.onMergeFailure()).finally(() => this.#schedule());
    }, MERGE_EVERY_MS);
  }

  async #mergeInTurn(session: PostgresSession): Promise<void> {
    const { isMine, isOpen } = await this.#turn(session);
    if (!isMine && !isOpen) return;
    let result = await this.#merge(session);
    while (result !== "busy" && result.entriesLeft && !this.#isClosed) result = await this.#merge(session);
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

  #run<Result>(work: (session: PostgresSession) => Promise<Result>): Promise<Result> {
    return this.#queue.run(async () => {
      try {
        this.#session ??= await openSession(this.#location, {
          applicationName: `shadowdiff ${this.#options.replica.name} merge`,
          access: "write",
        });
        return await work(this.#session);
      } catch (error) {
        this.#reset();
        throw error;
      }
    });
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
