import type { ResultBatch } from "../../../model/batch.ts";
import { countExchanges } from "../../committed-counts.ts";
import type { PostgresSession } from "../connect/connection.ts";
import { toPostgresError } from "../connect/postgres-error.ts";
import { retainDays, selectUsedBytes } from "./day-retention.ts";
import { announceChange } from "../shared/announcements.ts";
import { dayOfMinute } from "./days.ts";
import { deleteEntries, type PendingEntry, readEntries } from "./log-reader.ts";
import { MERGE_LOCK } from "./merge-lock.ts";
import { MergeState, type Progress, selectProgress } from "./merge-state.ts";
import { encodeOptions, type MergerOptions } from "./merger-options.ts";
import { settleReplicas } from "./replica-fates.ts";
import { daysOf } from "./run-state.ts";

/** Compressed; about 25,000 exchanges. A merge occupies the store thread, whose heartbeat must not stop for seconds. */
const MAX_BYTES_PER_MERGE = 512 * 1024;
const MAX_ENTRIES_PER_MERGE = 2_000;
const LOCK_NOT_AVAILABLE = "55P03";
/** How long the size of the database is taken to be the same. */
const SIZE_CHECK_INTERVAL_MS = 10_000;

export interface MergeResult {
  /** Entries that are counted now. */
  readonly merged: number;
  readonly entriesLeft: boolean;
  /**
   * Compared exchanges of an entry that could not be counted, and was deleted so that others can be. How many a
   * damaged one had is unknown; it counts as one.
   */
  readonly lostExchanges: number;
}

/**
 * Counts what replicas have appended to their logs. At most one process does so at a time, and each merge is one transaction which
 * also deletes what it has counted: every batch counts once. A merge that fails has no effect, whichever statement it was; the
 * next one, of whichever replica, begins where the last one ended.
 */
export class Merger {
  readonly #options: MergerOptions;
  #state: MergeState | undefined;
  /** One of these entries cannot be counted; they are merged one by one. */
  #suspects = 0;
  /** Attempts of the retention in a row for which readers did not let go of the tables. */
  #retentionFailures = 0;
  #hasRoom = true;
  #sizeCheckedAt = -Infinity;
  /** As they are stored; see `selectLastOptions`. */
  #storedOptions = "";

  constructor(options: MergerOptions) {
    this.#options = options;
  }

  /**
   * Merges a bounded number of entries.
   * @returns busy if another process merges
   * @throws {PostgresError} if the database fails; Error if only a newer version can read an entry
   */
  async mergeOnce(session: PostgresSession): Promise<MergeResult | "busy"> {
    const limits = { entries: this.#suspects > 0 ? 1 : MAX_ENTRIES_PER_MERGE, bytes: MAX_BYTES_PER_MERGE };
    let entries: readonly PendingEntry[] = [];
    try {
      return await this.#locked(session, async () => {
        const read = await readEntries(session, limits);
        ({ entries } = read);
        // After the entries: what was decided before one of them was appended applies to it.
        const state = await this.#currentState(session);
        await this.#merge(session, state, entries);
        this.#suspects = Math.max(0, this.#suspects - entries.length);
        return { merged: entries.length, entriesLeft: read.hasMore, lostExchanges: countDamaged(entries) };
      });
    } catch (error) {
      const failure = toPostgresError(error);
      if (failure.trouble !== "data" || entries.length === 0) throw failure;
      if (entries.length === 1) return this.#reject(session, entries);
      this.#suspects = entries.length;
      return { merged: 0, entriesLeft: true, lostExchanges: 0 };
    }
  }

  /**
   * Deletes what is too old or too much; at most one day with each call.
   * @param nowMs Unix milliseconds
   * @returns whether there is more to delete; false too if another process merges, or readers do not let go of the tables
   */
  async applyRetention(session: PostgresSession, nowMs: number): Promise<boolean> {
    try {
      const result = await this.#locked(session, async () => {
        const state = await this.#currentState(session);
        const nextVersion = (): number => state.nextBlockVersion();
        const step = await retainDays(session, this.#options.retention, nowMs, nextVersion, this.#retentionFailures);
        if (step.hasDeleted) await this.#advance(session, state);
        return step;
      });
      if (result === "busy") return false;
      this.#retentionFailures = 0;
      if (!result.hasDeleted) return false;
      // The state knows what was deleted.
      this.#state = undefined;
      this.#sizeCheckedAt = -Infinity;
      return result.hasMore;
    } catch (error) {
      const failure = toPostgresError(error);
      if (failure.code !== LOCK_NOT_AVAILABLE) throw failure;
      this.#retentionFailures += 1;
      return false;
    }
  }

  /** Runs `work` in a transaction in which no other process changes counts. */
  async #locked<Result>(session: PostgresSession, work: () => Promise<Result>): Promise<Result | "busy"> {
    await session.query("BEGIN");
    try {
      const { rows } = await session.query<{ readonly isMine: boolean }>(
        `SELECT pg_try_advisory_xact_lock(${MERGE_LOCK}) AS "isMine",
           set_config('synchronous_commit', 'off', true)`,
      );
      if (rows[0]?.isMine !== true) {
        await session.query("ROLLBACK");
        return "busy";
      }
      const result = await work();
      await session.query("COMMIT");
      return result;
    } catch (error) {
      // They may know of rows that were rolled back.
      this.#state = undefined;
      this.#storedOptions = "";
      await session.query("ROLLBACK").catch(() => undefined);
      throw error;
    }
  }

  async #currentState(session: PostgresSession): Promise<MergeState> {
    const progress = await selectProgress(session);
    if (this.#state?.isAt(progress) !== true) this.#state = await MergeState.load(session, progress, this.#options);
    return this.#state;
  }

  async #merge(session: PostgresSession, state: MergeState, entries: readonly PendingEntry[]): Promise<void> {
    await state.provideDays(session, daysOfEntries(entries));
    const batches = new Map<number, ResultBatch[]>();
    // A replica that was lost has none: it has come back, and its requests are in flight for what its entries say of them.
    for (const replicaKey of new Set(entries.map((pending) => pending.replicaKey)))
      for (const accounting of state.allAccounting) accounting.restore(replicaKey);
    for (const pending of entries) await account(session, state, pending, batches);
    const takesSamples = batches.size > 0 && (await this.#checkRoom(session));
    for (const [runKey, ofRun] of batches) {
      const run = await state.run(session, runKey);
      await run.count(session, ofRun, takesSamples);
      if (state.templates.hasChanges) state.forgetOtherRuns(runKey);
    }
    if (entries.length > 0) await deleteEntries(session, entries);
    await settleReplicas(session, state.allAccounting);
    const changed = state.allAccounting.filter(({ hasChanges }) => hasChanges);
    for (const accounting of changed) await accounting.write(session);
    if (entries.length > 0 || changed.length > 0) await this.#advance(session, state);
  }

  async #advance(session: PostgresSession, state: MergeState): Promise<void> {
    // Not the latest: the state does not know what was decided since it was loaded.
    const change = state.templates.hasChanges ? await announceTemplates(session, state) : state.change;
    const { rows } = await session.query<Omit<Progress, "change">>(
      `UPDATE merge_state SET version = version + 1, token = gen_random_uuid(), merged_at = now(), merger = $1, block_version = $2
       RETURNING version, token, block_version AS "blockVersion"`,
      [this.#options.replicaKey, state.blockVersion],
    );
    const progress = { ...(rows[0] as Omit<Progress, "change">), change };
    if (this.#options.replicaKey !== null) await this.#storeOptions(session);
    await session.query("SELECT pg_notify('shadowdiff', $1)", [JSON.stringify({ merge: progress.version })]);
    state.advance(progress);
  }

  async #storeOptions(session: PostgresSession): Promise<void> {
    const limits = encodeOptions(this.#options);
    if (limits === this.#storedOptions) return;
    await session.query("UPDATE merge_state SET limits = $1 WHERE limits IS DISTINCT FROM $1", [limits]);
    this.#storedOptions = limits;
  }

  async #checkRoom(session: PostgresSession): Promise<boolean> {
    const now = performance.now();
    if (now - this.#sizeCheckedAt < SIZE_CHECK_INTERVAL_MS) return this.#hasRoom;
    this.#hasRoom = (await selectUsedBytes(session)) <= this.#options.retention.maxBytes;
    this.#sizeCheckedAt = now;
    return this.#hasRoom;
  }

  async #reject(session: PostgresSession, entries: readonly PendingEntry[]): Promise<MergeResult | "busy"> {
    this.#suspects = 0;
    return this.#locked(session, async () => {
      await deleteEntries(session, entries);
      const lostExchanges = entries.reduce(
        (sum, { entry }) => sum + (entry?.kind === "counts" ? countExchanges(entry.batches) : 0),
        0,
      );
      return { merged: 0, entriesLeft: true, lostExchanges };
    });
  }
}

/** Adds what an entry changes in the accounting, and its batches to those that are counted. */
async function account(
  session: PostgresSession,
  state: MergeState,
  { runKey, replicaKey, entry }: PendingEntry,
  batches: Map<number, ResultBatch[]>,
): Promise<void> {
  if (entry === null) return;
  const accounting = await state.accounting(session, runKey);
  if (entry.kind === "interrupt") accounting.interrupt(replicaKey, entry.proxyThread);
  else if (entry.kind === "forget") accounting.forget(entry.minute, entry.requests);
  else if (entry.kind === "carry-over")
    accounting.carryOver(replicaKey, await state.accounting(session, entry.successorKey));
  else {
    for (const batch of entry.batches) accounting.add(replicaKey, batch);
    batches.set(runKey, [...(batches.get(runKey) ?? []), ...entry.batches]);
  }
}

function countDamaged(entries: readonly PendingEntry[]): number {
  return entries.filter(({ entry }) => entry === null).length;
}

function daysOfEntries(entries: readonly PendingEntry[]): ReadonlySet<number> {
  const days = new Set<number>();
  for (const { entry } of entries) {
    if (entry?.kind === "counts") for (const day of daysOf(entry.batches)) days.add(day);
    if (entry?.kind === "forget") days.add(dayOfMinute(entry.minute));
  }
  return days;
}

/**
 * Stores what was learned and lets all replicas load it.
 * @returns the number of this change
 * @throws Error if a person has decided something in the meantime: the merge begins again
 */
async function announceTemplates(session: PostgresSession, state: MergeState): Promise<number> {
  const change = await announceChange(session);
  if (change !== state.change + 1) throw new Error("A decision about templates was made during the merge.");
  await state.templates.store(session);
  return change;
}
