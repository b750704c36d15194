import { minuteOf } from "../../../lib/time-slots.ts";
import type { LearnedTemplate } from "../../../endpoints/learned-template.ts";
import type { ResultBatch } from "../../../model/batch.ts";
import type { Review } from "../../../model/review.ts";
import type { Rule } from "../../../model/rule.ts";
import type { Run } from "../../../model/run.ts";
import type { PostgresLocation } from "../../../model/store/store-location.ts";
import { StoreDataError } from "../../store-errors.ts";
import type { StoreEdit, StoreWriter } from "../../store.ts";
import { closeSession, openSession, type PostgresSession } from "../connect/connection.ts";
import { toPostgresError } from "../connect/postgres-error.ts";
import { inTransaction } from "../connect/transaction.ts";
import type { LogEntry } from "../entry-payload.ts";
import { isPostgresMigrated, migratePostgres } from "../migrate-postgres.ts";
import { selectReviews, selectRules, selectTemplates } from "../rule-queries.ts";
import { appendBatches, appendEntry, writeHeartbeat } from "./append.ts";
import { writeEdit } from "./edit-transactions.ts";
import { MergeLoop } from "./merge-loop.ts";
import type { PostgresWriterOptions } from "./postgres-writer-options.ts";
import { endAbandonedRuns, joinRun, leaveRun, switchRun, updateRun, type JoinedRun } from "./run-transactions.ts";

/** What was merged is learned from with the next tick; a query for each tick would find the same. */
const TEMPLATES_MAX_AGE_MS = 1_000;
const HEARTBEAT_EVERY_MS = 1_000;
/** A statement that upgrades a large store. */
const MIGRATION_TIMEOUT_MS = 600_000;

/**
 * Connects the store thread of a replica to its database; creates or migrates the tables if necessary.
 * @throws {PostgresError} which names the host and the problem
 */
export async function openPostgresWriter(
  location: PostgresLocation,
  options: PostgresWriterOptions,
): Promise<StoreWriter> {
  const applicationName = `shadowdiff ${options.replica.name}`;
  const session = await openSession(location, { applicationName, access: "write" });
  try {
    if (!(await isPostgresMigrated(session, options.migrations))) await migrate(location, applicationName, options);
    return new PostgresWriter(session, location, options);
  } catch (error) {
    closeSession(session);
    throw toPostgresError(error);
  }
}

/** Only when something is to do: a server that does not respond must not stop the thread for so long. */
async function migrate(
  location: PostgresLocation,
  applicationName: string,
  { migrations }: PostgresWriterOptions,
): Promise<void> {
  const migrator = await openSession(location, {
    applicationName,
    access: "write",
    statementTimeoutMs: MIGRATION_TIMEOUT_MS,
  });
  try {
    await migratePostgres(migrator, location.schema, migrations);
  } finally {
    closeSession(migrator);
  }
}

/**
 * Appends what a replica has counted to its log; see appendBatches. Never waits for another replica, except in a change of the
 * run. The log is merged on a session of its own.
 */
class PostgresWriter implements StoreWriter {
  readonly #session: PostgresSession;
  readonly #location: PostgresLocation;
  readonly #options: PostgresWriterOptions;
  #joined: JoinedRun | undefined;
  #merges: MergeLoop | undefined;
  #templates: readonly LearnedTemplate[] = [];
  #templatesReadAt = -Infinity;
  #heartbeatAt = -Infinity;

  constructor(session: PostgresSession, location: PostgresLocation, options: PostgresWriterOptions) {
    this.#session = session;
    this.#location = location;
    this.#options = options;
  }

  async beginRun(run: Run): Promise<Run> {
    const { commits } = this.#options;
    const { joined, lost } = await this.#transaction(async () => {
      const joined = await joinRun(this.#session, this.#options.replica, run);
      const lost = commits.lostAfter(joined.lastSequence, joined.run.id);
      if (lost !== undefined) {
        const { requests } = lost;
        await appendEntry(this.#session, joined, { kind: "forget", minute: minuteOf(Date.now()), requests });
      }
      return { joined, lost };
    });
    commits.forgetAfter(joined.lastSequence);
    if (lost !== undefined) this.#options.onCommitsLost(lost);
    this.#joined = joined;
    this.#merges ??= new MergeLoop(this.#location, joined.replicaKey, this.#options);
    return joined.run;
  }

  async endAbandonedRuns(nowMs: number): Promise<void> {
    await this.#transaction(() => endAbandonedRuns(this.#session, nowMs));
  }

  async updateRun(run: Run): Promise<void> {
    await this.#transaction(() => updateRun(this.#session, run));
  }

  async commit(runId: string, batches: readonly ResultBatch[]): Promise<void> {
    const run = this.#activeRun(runId);
    try {
      const sequence = await this.#transaction(() => appendBatches(this.#session, run, batches));
      this.#options.commits.add(runId, sequence, batches);
    } catch (error) {
      const failure = toPostgresError(error);
      throw failure.trouble === "data" ? new StoreDataError(failure.message, { cause: failure }) : failure;
    }
  }

  async interrupt(runId: string, proxyThread: string): Promise<void> {
    await this.#append(runId, { kind: "interrupt", proxyThread });
  }

  async forget(runId: string, minute: number, requests: ReadonlyMap<string, number>): Promise<void> {
    await this.#append(runId, { kind: "forget", minute, requests });
  }

  /** A heartbeat once a second, so that others know how much is lost if this replica stops. */
  async verify(): Promise<void> {
    const now = performance.now();
    if (this.#joined === undefined || now - this.#heartbeatAt < HEARTBEAT_EVERY_MS) return;
    this.#heartbeatAt = now;
    const { replicaKey } = this.#joined;
    await this.#read((session) => writeHeartbeat(session, replicaKey, this.#options.load()));
  }

  async edit(edit: StoreEdit): Promise<void> {
    await this.#transaction(() => writeEdit(this.#session, edit));
    this.#templatesReadAt = -Infinity;
  }

  rules(): Promise<readonly Rule[]> {
    return this.#read(selectRules);
  }

  reviews(): Promise<readonly Review[]> {
    return this.#read(selectReviews);
  }

  async templates(): Promise<readonly LearnedTemplate[]> {
    if (performance.now() - this.#templatesReadAt < TEMPLATES_MAX_AGE_MS) return this.#templates;
    this.#templates = await this.#read(selectTemplates);
    this.#templatesReadAt = performance.now();
    return this.#templates;
  }

  async endRun(runId: string, endedAt: number, successor: Run | null): Promise<void> {
    const run = this.#activeRun(runId);
    if (successor === null) {
      await this.#transaction(() => leaveRun(this.#session, run, endedAt));
      await this.#merges?.drain();
    } else {
      this.#joined = await this.#transaction(() => switchRun(this.#session, run, endedAt, successor));
    }
  }

  async applyRetention(nowMs: number): Promise<boolean> {
    return (await this.#merges?.applyRetention(nowMs)) ?? false;
  }

  async close(): Promise<void> {
    this.#merges?.close();
    closeSession(this.#session);
  }

  async #append(runId: string, entry: LogEntry): Promise<void> {
    const run = this.#activeRun(runId);
    await this.#transaction(() => appendEntry(this.#session, run, entry));
  }

  #activeRun(runId: string): JoinedRun {
    if (this.#joined?.run.id !== runId) throw new Error(`The run ${runId} is not active.`);
    return this.#joined;
  }

  #transaction<Result>(work: () => Promise<Result>): Promise<Result> {
    return inTransaction(this.#session, work);
  }

  async #read<Result>(query: (session: PostgresSession) => Promise<Result>): Promise<Result> {
    try {
      return await query(this.#session);
    } catch (error) {
      throw toPostgresError(error);
    }
  }
}
