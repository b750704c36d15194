import type { ResultBatch } from "../../../model/batch.ts";
import { CommittedCounts } from "../../committed-counts.ts";

/** Four minutes of commits: a standby that takes over is rarely more than a second behind. */
const MAX_COMMITS = 1_000;

interface Commit {
  readonly runId: string;
  /** Of its last entry. */
  readonly sequence: number;
  /** Requests that are no longer in flight, by candidate. */
  readonly settled: ReadonlyMap<string, number>;
  readonly exchanges: number;
}

/** What a database does not have any more. */
export interface LostCommits {
  /** Requests of the run, by candidate. */
  readonly requests: ReadonlyMap<string, number>;
  /** Compared exchanges. */
  readonly exchanges: number;
}

/**
 * Remembers what a database has confirmed: one that takes over after a failover may not have the last commits, and says so by the
 * number of the replica's last entry.
 */
export class CommitMemory {
  readonly #commits: Commit[] = [];

  /** A transaction was confirmed. @param sequence of its last entry */
  add(runId: string, sequence: number, batches: readonly ResultBatch[]): void {
    const counts = new CommittedCounts();
    counts.add(batches);
    this.#commits.push({ runId, sequence, settled: counts.settled, exchanges: counts.takeExchanges() });
    if (this.#commits.length > MAX_COMMITS) this.#commits.shift();
  }

  /** What was confirmed to a run and is not there. @param lastSequence of the replica's entries, by the database */
  lostAfter(lastSequence: number, runId: string): LostCommits | undefined {
    const lost = this.#commits.filter((commit) => commit.sequence > lastSequence && commit.runId === runId);
    if (lost.length === 0) return undefined;
    const requests = new Map<string, number>();
    for (const { settled } of lost) {
      for (const [candidate, count] of settled) requests.set(candidate, (requests.get(candidate) ?? 0) + count);
    }
    return { requests, exchanges: lost.reduce((sum, { exchanges }) => sum + exchanges, 0) };
  }

  /** The loss is recorded, or there is none: the next entries have these numbers again. */
  forgetAfter(lastSequence: number): void {
    const first = this.#commits.findIndex(({ sequence }) => sequence > lastSequence);
    if (first !== -1) this.#commits.splice(first);
  }
}
