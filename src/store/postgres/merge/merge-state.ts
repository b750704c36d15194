import type { PostgresSession } from "../connect/connection.ts";
import { AccountingMemory } from "./memory/accounting-memory.ts";
import { TemplateMemory } from "./memory/template-memory.ts";
import { createPartitions, provideDays } from "./partitions.ts";
import { type CountingLimits, type MergeContext, RunState } from "./run-state.ts";

/** Keys of examples: the number of the merge times this, plus a number within the merge. */
const EXAMPLES_PER_MERGE = 2 ** 20;

/** Replicas write to one run; while it changes, to two. */
const MAX_RUNS_IN_MEMORY = 3;

/** How far merges and edits have come. */
export interface Progress {
  readonly version: number;
  /** Another one with every merge, also after a failover that has lost merges. */
  readonly token: string;
  readonly blockVersion: number;
  /** Increases with every edit. */
  readonly change: number;
}

export interface MergeStateOptions extends CountingLimits {
  /** The configured path templates, which a reload can change. */
  readonly configuredEndpoints?: (() => readonly string[]) | undefined;
}

export async function selectProgress(session: PostgresSession): Promise<Progress> {
  const { rows } = await session.query<Progress>(
    `SELECT version, token, block_version AS "blockVersion", change FROM merge_state, shared_state`,
  );
  return rows[0] as Progress;
}

/**
 * What one process knows of all counts. It stays valid from merge to merge, as long as no other process merges or edits and no
 * transaction fails.
 */
export class MergeState implements MergeContext {
  readonly limits: CountingLimits;
  readonly templates: TemplateMemory;
  readonly #configured: () => readonly string[];
  /** The one that was counted last is the last one. */
  readonly #runs = new Map<number, RunState>();
  readonly #accounting = new Map<number, AccountingMemory>();
  readonly #days: Set<number>;
  #progress: Progress;
  #blockVersion: number;
  #examples = 0;

  private constructor(
    progress: Progress,
    options: MergeStateOptions,
    templates: TemplateMemory,
    days: ReadonlySet<number>,
  ) {
    this.limits = options;
    this.templates = templates;
    this.#configured = options.configuredEndpoints ?? (() => []);
    this.#days = new Set(days);
    this.#progress = progress;
    this.#blockVersion = progress.blockVersion;
  }

  static async load(session: PostgresSession, progress: Progress, options: MergeStateOptions): Promise<MergeState> {
    const templates = await TemplateMemory.load(session);
    const state = new MergeState(progress, options, templates, await provideDays(session));
    const { rows } = await session.query<{ readonly runKey: number }>(
      `SELECT DISTINCT run_key AS "runKey" FROM accounting
       WHERE fate IN ('inFlight', 'interrupted') AND reason <> ''`,
    );
    for (const { runKey } of rows) await state.accounting(session, runKey);
    return state;
  }

  isAt({ token, change }: Progress): boolean {
    return token === this.#progress.token && change === this.#progress.change;
  }

  get change(): number {
    return this.#progress.change;
  }

  get blockVersion(): number {
    return this.#blockVersion;
  }

  get allAccounting(): readonly AccountingMemory[] {
    return [...this.#accounting.values()];
  }

  patterns(): readonly string[] {
    return [...this.#configured(), ...this.templates.patterns];
  }

  nextBlockVersion(): number {
    return ++this.#blockVersion;
  }

  nextExampleKey(): number {
    return (this.#progress.version + 1) * EXAMPLES_PER_MERGE + this.#examples++;
  }

  async accounting(session: PostgresSession, runKey: number): Promise<AccountingMemory> {
    const known = this.#accounting.get(runKey) ?? (await AccountingMemory.load(session, runKey));
    this.#accounting.set(runKey, known);
    return known;
  }

  async run(session: PostgresSession, runKey: number): Promise<RunState> {
    const known = this.#runs.get(runKey) ?? (await RunState.load(session, runKey, this));
    this.#runs.delete(runKey);
    this.#runs.set(runKey, known);
    const [oldest] = this.#runs.keys();
    if (this.#runs.size > MAX_RUNS_IN_MEMORY && oldest !== undefined) this.#runs.delete(oldest);
    return known;
  }

  /** Others than the run that has learned a template fold their names again when they are loaded. */
  forgetOtherRuns(runKey: number): void {
    for (const other of this.#runs.keys()) if (other !== runKey) this.#runs.delete(other);
  }

  /** Creates the tables of days that have none, and those of the day after, so that the first merge of a day finds them. */
  async provideDays(session: PostgresSession, days: ReadonlySet<number>): Promise<void> {
    const missing = days.difference(this.#days);
    if (missing.size === 0) return;
    missing.add(Math.max(...missing) + 1);
    const created = missing.difference(this.#days);
    await createPartitions(session, created);
    for (const day of created) this.#days.add(day);
  }

  /** A merge was committed. */
  advance(progress: Progress): void {
    this.#progress = progress;
    this.#examples = 0;
  }
}
