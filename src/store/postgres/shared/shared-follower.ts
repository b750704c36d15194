import { SerialQueue } from "../../../lib/async/serial-queue.ts";
import { settlesWithin } from "../../../lib/settles-within.ts";
import type { ControlEdit } from "../../../model/shared/control-edit.ts";
import type { ReplicaReport, SharedState } from "../../../model/shared/replica.ts";
import type { PostgresLocation } from "../../../model/store/store-location.ts";
import { closeSession, openSession, type PostgresSession } from "../connect/connection.ts";
import { toPostgresError } from "../connect/postgres-error.ts";
import { announce, CHANNEL, readAnnouncement } from "./announcements.ts";
import { readSharedState, writeControlEdit, writeReport } from "./shared-queries.ts";

/** Also without notifications, a change is seen within two seconds. */
const POLL_MS = 1_000;
/** A session that takes longer for a few rows is given up. */
const STEP_TIMEOUT_MS = 4_000;
/** After a heartbeat that met a transaction of the same replica; doubled each time, because the replica may not be registered. */
const FIRST_REPEAT_MS = 20;

export interface SharedFollowerOptions {
  readonly location: PostgresLocation;
  readonly applicationName: string;
  readonly replicaId: string;
  /** The shared state, whenever it was read. */
  onState(state: SharedState): void;
  /** Rules, reviews, templates or a run may have changed; called after `onState`. */
  onChange(): void;
  /** Counts were merged, so that reports can have changed. */
  onMerge(): void;
}

/**
 * Follows what the replicas of a store share, on a session of its own: listens for notifications, and polls once a second, because a
 * notification can be lost with a session, or behind a pooler. Writes the heartbeats of this replica. While the database is away, it
 * connects again with every poll.
 */
export class SharedFollower {
  readonly #options: SharedFollowerOptions;
  #session: PostgresSession | undefined;
  #report: ReplicaReport | undefined;
  #reported = -1;
  #repeatMs = FIRST_REPEAT_MS;
  #change = -1;
  #mergeVersion = -1;
  #timer: NodeJS.Timeout | undefined;
  readonly #queue = new SerialQueue();
  #isStarted = false;
  #isWaiting = false;
  #isClosed = false;

  constructor(options: SharedFollowerOptions) {
    this.#options = options;
  }

  /** Reads the shared state as soon as possible, and then whenever it changes. */
  start(): void {
    this.#isStarted = true;
    void this.refresh();
  }

  /** What this replica says about itself from now on. What it applies is written at once. */
  report(report: ReplicaReport): void {
    this.#report = report;
    if (report.applied !== this.#reported) void this.refresh();
  }

  /** Writes the report and reads the shared state now. Never throws: without the database, the next poll tries again. */
  async refresh(): Promise<void> {
    // One that waits for its turn reads everything that was written before.
    if (this.#isWaiting || this.#isClosed || !this.#isStarted) return this.#settled();
    this.#isWaiting = true;
    const turn = this.#inTurn(async (session) => {
      this.#isWaiting = false;
      await this.#follow(session);
    });
    await turn.catch(() => {
      this.#isWaiting = false;
      this.#schedule(POLL_MS);
    });
  }

  /** Notifies the other replicas that this one has changed, such as its run. */
  async notify(): Promise<void> {
    await this.#inTurn((session) => announce(session, { replica: this.#options.replicaId })).catch(() => undefined);
  }

  /**
   * Edits the control that replicas share. It is passed to `onState` before this resolves.
   * @returns why that was not possible, or null
   */
  async edit(edit: ControlEdit): Promise<string | null> {
    try {
      await this.#inTurn(async (session) => {
        await writeControlEdit(session, edit);
        await this.#read(session);
      });
      return null;
    } catch (error) {
      return toPostgresError(error).message;
    }
  }

  /** Ends the session. Nothing is called back afterwards. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#settled();
    this.#drop();
  }

  async #settled(): Promise<void> {
    await this.#queue.run(() => undefined);
  }

  /** Runs work on the session when earlier work has ended. After an error, the next work gets a new session. */
  #inTurn(work: (session: PostgresSession) => Promise<void>): Promise<void> {
    return this.#queue.run(async () => {
      try {
        const done = this.#connected().then(work);
        if (!(await settlesWithin(STEP_TIMEOUT_MS, done))) throw new Error("no response in time");
      } catch (error) {
        this.#drop();
        throw error;
      }
    });
  }

  async #connected(): Promise<PostgresSession> {
    if (this.#session !== undefined) return this.#session;
    const { location, applicationName } = this.#options;
    const session = await openSession(location, { applicationName, access: "write" });
    if (this.#isClosed || this.#session !== undefined) {
      closeSession(session);
      throw new Error("the session is closed");
    }
    session.on("notification", ({ payload }) => this.#notified(payload));
    session.on("end", () => {
      if (this.#session === session) this.#session = undefined;
    });
    this.#session = session;
    await session.query(`LISTEN ${CHANNEL}`);
    return session;
  }

  #notified(payload: string | undefined): void {
    const announcement = readAnnouncement(payload);
    if (announcement === undefined) return;
    if ("merge" in announcement) this.#merged(announcement.merge);
    else void this.refresh();
  }

  async #follow(session: PostgresSession): Promise<void> {
    const isWritten = await this.#writeReport(session);
    await this.#read(session);
    this.#repeatMs = isWritten ? FIRST_REPEAT_MS : Math.min(2 * this.#repeatMs, POLL_MS);
    this.#schedule(isWritten ? POLL_MS : this.#repeatMs);
  }

  /** @returns whether there is nothing left to write */
  async #writeReport(session: PostgresSession): Promise<boolean> {
    const report = this.#report;
    if (report === undefined) return true;
    if (!(await writeReport(session, this.#options.replicaId, report))) return false;
    if (report.applied !== this.#reported) await announce(session, { replica: this.#options.replicaId });
    this.#reported = report.applied;
    return true;
  }

  async #read(session: PostgresSession): Promise<void> {
    const { state, mergeVersion } = await readSharedState(session);
    if (this.#isClosed) return;
    this.#options.onState(state);
    if (state.change !== this.#change) this.#options.onChange();
    this.#change = state.change;
    this.#merged(mergeVersion);
  }

  #merged(version: number): void {
    if (version !== this.#mergeVersion && !this.#isClosed) this.#options.onMerge();
    this.#mergeVersion = version;
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.refresh(), ms);
  }

  #drop(): void {
    if (this.#session !== undefined) closeSession(this.#session);
    this.#session = undefined;
  }
}
