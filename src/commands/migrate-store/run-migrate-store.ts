import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { describeLocation, type PostgresLocation } from "../../model/store/store-location.ts";
import { escapeText } from "../../report/render/text/terminal-text.ts";
import { copyDecisions, type CopiedDecisions, countDecisions } from "../../store/copying/copy-decisions.ts";
import { copyRun, type RunState, stateOfRun } from "../../store/copying/copy-runs.ts";
import { type CopyTarget, openTarget } from "../../store/copying/copy-target.ts";
import { SourceFile, type SourceRun } from "../../store/copying/source-file.ts";
import { closeSession } from "../../store/postgres/connect/connection.ts";
import { StoreError } from "../../store/store-errors.ts";
import { EXIT_INTERRUPTED, EXIT_OK, EXIT_USAGE } from "../exit-codes.ts";
import { CommandError, type CommandIo } from "../terminal/command-io.ts";
import { awaitInterruption } from "../terminal/interruption.ts";
import { parseStore } from "../terminal/read-store.ts";

export interface MigrateStoreOptions {
  /** `sqlite:PATH` or a path. */
  readonly source: string;
  /** `postgres://…`. */
  readonly target: string;
  /** Ids or names; default: all. */
  readonly run?: readonly string[] | undefined;
  /** Only print what would be copied. */
  readonly dryRun?: boolean | undefined;
}

type KeyedRun = readonly [key: number, run: SourceRun];

/**
 * Copies runs from SQLite into PostgreSQL.
 * @param interruption ends it between whole runs; default: SIGINT and SIGTERM
 * @returns exit code 0; 2 if a store cannot be used, or has a run with other content, with the reason on `io.err`; 130 if it was
 *   interrupted
 */
export async function runMigrateStore(
  options: MigrateStoreOptions,
  io: CommandIo,
  interruption?: AbortSignal,
): Promise<number> {
  const signals = interruption === undefined ? awaitInterruption() : undefined;
  const controller = new AbortController();
  void signals?.code.then(() => controller.abort());
  const signal = interruption ?? controller.signal;
  try {
    return await migrate(options, io, signal);
  } catch (error) {
    if (signal.aborted) {
      io.err(
        "interrupted: runs that are listed above are complete, others were not copied; repeat the command to continue\n",
      );
      return EXIT_INTERRUPTED;
    }
    if (!(error instanceof CommandError) && !(error instanceof StoreError)) throw error;
    io.err(`${escapeText(error.message)}\n`);
    return EXIT_USAGE;
  } finally {
    signals?.stop();
  }
}

async function migrate(options: MigrateStoreOptions, io: CommandIo, signal: AbortSignal): Promise<number> {
  const { from, to } = locationsOf(options);
  const source = openSource(from);
  try {
    const runs = chosenRuns(source, options.run);
    const target = await openTarget(to, options.dryRun === true).catch((error: unknown) => {
      if (!(error instanceof StoreError)) throw error;
      throw new CommandError(`cannot use store ${describeLocation(to)}: ${error.message}`, { cause: error });
    });
    try {
      return await (options.dryRun === true
        ? rehearse(source, target, runs, io)
        : copy(source, target, runs, io, signal));
    } finally {
      closeSession(target.session);
    }
  } finally {
    source.close();
  }
}

function locationsOf(options: MigrateStoreOptions): { readonly from: string; readonly to: PostgresLocation } {
  const [from, to] = [parseStore(options.source, "source"), parseStore(options.target, "target")];
  if (from.engine === "sqlite" && to.engine === "postgres") return { from: from.path, to };
  throw new CommandError(
    `migrate-store copies from SQLite into PostgreSQL only: sqlite:PATH, then postgres://…; not from ${from.engine} into ${to.engine}`,
  );
}

function openSource(path: string): SourceFile {
  if (!existsSync(path)) throw new CommandError(`store ${path} does not exist`);
  try {
    return new SourceFile(resolve(path));
  } catch (error) {
    throw new CommandError((error as Error).message, { cause: error });
  }
}

/** Oldest first. */
function chosenRuns(source: SourceFile, wanted: readonly string[] | undefined): readonly KeyedRun[] {
  const runs = [...source.runs()];
  const unknown = (wanted ?? []).filter((name) => !runs.some(([, run]) => isNamed(name, run)));
  if (unknown.length > 0) {
    const known = runs.map(([, run]) => nameOf(run)).join(", ");
    throw new CommandError(`the source has no run ${unknown.join(", ")}; runs: ${known || "none"}`);
  }
  return wanted === undefined ? runs : runs.filter(([, run]) => wanted.some((name) => isNamed(name, run)));
}

function isNamed(name: string, run: SourceRun): boolean {
  return run.id === name || run.name === name;
}

async function copy(
  source: SourceFile,
  { session }: CopyTarget,
  runs: readonly KeyedRun[],
  io: CommandIo,
  signal: AbortSignal,
): Promise<number> {
  // First: the report of a run needs them.
  const decisions = await copyDecisions(source, session, false);
  tellDecisions(decisions, "copied", io);
  const results = new Map<RunState, number>();
  for (const [index, keyed] of runs.entries()) {
    signal.throwIfAborted();
    const [, run] = keyed;
    const state = await stateOfRun(source, session, keyed);
    results.set(state, (results.get(state) ?? 0) + 1);
    if (state === "new") {
      const label = `run ${nameOf(run)} (${index + 1} of ${runs.length})`;
      const rows = await copyRun(source, session, keyed, { signal, onProgress: progressOf(label) });
      io.out(escapeText(`${label}: copied, ${rows} rows${noteOf(run)}`) + "\n");
    } else tellKnown(run, state, io);
  }
  const [copied = 0, known = 0, refused = 0] = (["new", "copied", "different"] as const).map((state) =>
    results.get(state),
  );
  io.out(`${copied} runs copied, ${known} were there already, ${refused} refused\n`);
  return refused === 0 ? EXIT_OK : EXIT_USAGE;
}

async function rehearse(
  source: SourceFile,
  { session, isEmpty }: CopyTarget,
  runs: readonly KeyedRun[],
  io: CommandIo,
): Promise<number> {
  const decisions = isEmpty ? { copied: countDecisions(source), kept: [] } : await copyDecisions(source, session, true);
  tellDecisions(decisions, "to copy", io);
  let refused = 0;
  for (const keyed of runs) {
    const [, run] = keyed;
    const state = isEmpty ? "new" : await stateOfRun(source, session, keyed);
    if (state === "different") refused += 1;
    if (state === "new") io.out(escapeText(`run ${nameOf(run)}: to copy${noteOf(run)}`) + "\n");
    else tellKnown(run, state, io);
  }
  return refused === 0 ? EXIT_OK : EXIT_USAGE;
}

function tellDecisions({ copied, kept }: CopiedDecisions, what: string, io: CommandIo): void {
  io.out(`rules, reviews, templates, marks, isolations and audit entries: ${copied} ${what}\n`);
  for (const name of kept) io.out(escapeText(`${name}: the database keeps its own`) + "\n");
}

function tellKnown(run: SourceRun, state: Exclude<RunState, "new">, io: CommandIo): void {
  if (state === "copied") io.out(escapeText(`run ${nameOf(run)}: there already`) + "\n");
  else {
    io.err(
      escapeText(
        `run ${nameOf(run)}: refused, because the database has it with other content; it may have gone on since it was copied. ` +
          "Copy it into another schema: postgres://…?schema=NAME",
      ) + "\n",
    );
  }
}

function nameOf({ id, name }: SourceRun): string {
  return id === name ? id : `${name} (${id})`;
}

function noteOf({ ended_at: endedAt }: SourceRun): string {
  return endedAt === null ? "; it had not ended, and is as it was when the copy began" : "";
}

/** One line that changes, on a terminal only. */
function progressOf(label: string): (rows: number) => void {
  if (!process.stderr.isTTY) return () => undefined;
  return (rows) => process.stderr.write(`\r\u001B[K${escapeText(`${label}: ${rows} rows`)}\r`);
}
