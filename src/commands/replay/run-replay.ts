import { ConfigError, severityOf } from "../../config/config-error.ts";
import type { Environment, FlagValues } from "../../config/options/settings.ts";
import { rolesOf } from "../../config/roles.ts";
import type { Config } from "../../model/config.ts";
import type { ScheduledRequest } from "../../model/replay/replay-counts.ts";
import { createReadCounts, scheduleRequests } from "../../replay/drive/scheduled-requests.ts";
import { openRecording, type Recording } from "../../replay/open-recording.ts";
import { createPacer } from "../../replay/pacer.ts";
import { ReplayInputError } from "../../replay/recording-input.ts";
import { escapeText } from "../../report/render/text/terminal-text.ts";
import type { ReadConfig } from "../../serve/merge-reload.ts";
import { startReplay, type RunningReplay } from "../../serve/replay/start-replay.ts";
import { createLogger } from "../../telemetry/logger.ts";
import { EXIT_INCONCLUSIVE, EXIT_INTERRUPTED, EXIT_OK, EXIT_USAGE } from "../exit-codes.ts";
import { runReport } from "../report/run-report.ts";
import { CommandError, type CommandIo } from "../terminal/command-io.ts";
import { listenProblem, warningLine } from "../terminal/config-problems.ts";
import { awaitInterruption, type Interruption } from "../terminal/interruption.ts";
import { readConfig } from "../terminal/read-config.ts";
import { showProgress } from "./replay-progress.ts";
import { concurrencyOf, pacingOf, passesOf, type ReplaySelection } from "./replay-selection.ts";
import { ReplayWatch } from "./replay-state.ts";
import { summaryText } from "./replay-summary.ts";

export type ReplayFlags = ReplaySelection & FlagValues;

/**
 * Replays recordings, prints the report of the run, and ends with its verdict. An interruption ends it with the report of what there
 * is; a second one ends it at once.
 * @param flags those of `replay`, and those of the configuration by `Flag.key`
 * @returns the exit code: the verdict's; 2 if nothing can be replayed, with the reason on `io.err`; 130 after an interruption
 */
export async function runReplay(
  files: readonly string[],
  flags: ReplayFlags,
  io: CommandIo,
  env: Environment,
): Promise<number> {
  const interruption = awaitInterruption();
  try {
    const read = readConfig(flags, env);
    for (const warning of read.warnings) if (severityOf(warning) === "warning") io.err(warningLine(warning));
    checkCandidate(read.config, flags.reportOn);
    const passes = passesOf(files, flags);
    const recording = await openRecording(files, {
      format: flags.recordingFormat,
      filters: flags.filter ?? [],
      setHeaders: flags.setHeader ?? [],
      removeHeaders: flags.removeHeader ?? [],
      // On demand: a terminal that is read would keep the process.
      stdin: { [Symbol.asyncIterator]: () => process.stdin[Symbol.asyncIterator]() },
    });
    return await replay({ read, recording, passes, flags, interruption, io });
  } catch (error) {
    const problem = problemOf(error);
    if (problem === undefined) throw error;
    io.err(`${problem}\n`);
    return EXIT_USAGE;
  } finally {
    interruption.stop();
  }
}

interface ReplayTask {
  readonly read: ReadConfig;
  readonly recording: Recording;
  readonly passes: number;
  readonly flags: ReplayFlags;
  readonly interruption: Interruption;
  readonly io: CommandIo;
}

async function replay({ read, recording, passes, flags, interruption, io }: ReplayTask): Promise<number> {
  const { config } = read;
  const counted = createReadCounts();
  const keepsOrder = flags.anyOrder !== true;
  const schedule = { recording, pacer: createPacer(pacingOf(flags)), passes, keepsOrder };
  const requests = await withFirst(scheduleRequests(schedule, counted), interruption);
  if (requests === "interrupted") return EXIT_INTERRUPTED;
  if (requests === "empty") throw new CommandError(describeEmpty(recording));

  const running = await startReplay(config, {
    requests,
    concurrency: concurrencyOf(flags),
    effective: read.options,
    hasAdmin: flags["admin"] !== undefined,
    logger: createLogger({ level: "warn", thread: "main", stream: { write: (line) => io.err(logText(line)) } }),
  });
  if (running.adminUrl !== "") io.err(`dashboard ${running.adminUrl}\n`);
  const watch = new ReplayWatch({
    recording: recording.progress,
    read: counted,
    passes,
    durationMs: flags.duration,
    counts: () => running.counts(),
    dropped: () => running.droppedCopies(),
    storeError: () => running.storeError(),
    now: () => performance.now(),
  });
  const isInterrupted = await untilEnd(running, watch, { flags, interruption, io });
  const { elapsedMs } = watch;
  await running.close();

  const counts = running.counts();
  io.err(
    summaryText({
      elapsedMs,
      counts,
      read: counted,
      recording: recording.progress,
      methods: mirroredMethods(config),
      dropped: running.droppedCopies(),
      keepsOrder,
      isRepeated: passes > 1,
      isInterrupted,
    }),
  );
  const { outage } = counts;
  if (outage !== null) io.err(`the primary does not respond: ${escapeText(outage)}\n`);
  if (outage !== null && counts.sent === counts.primaryFailed) return isInterrupted ? EXIT_INTERRUPTED : EXIT_USAGE;
  if (counts.sent === 0) {
    io.err("no request was sent, so there is no report\n");
    return isInterrupted ? EXIT_INTERRUPTED : EXIT_USAGE;
  }
  const { format, output, reportOn: candidate } = flags;
  const store = config.store.location;
  const code = await runReport({ store, run: running.run.id, candidate, format, output, gate: true }, io);
  if (isInterrupted) return EXIT_INTERRUPTED;
  // A part of the recording is no evidence for all of it.
  return outage !== null && code === EXIT_OK ? EXIT_INCONCLUSIVE : code;
}

/** Waits for the first request: without any, no run begins. */
async function withFirst(
  requests: AsyncGenerator<ScheduledRequest>,
  interruption: Interruption,
): Promise<AsyncIterable<ScheduledRequest> | "interrupted" | "empty"> {
  const first = await Promise.race([requests.next(), interruption.code.then(() => null)]);
  if (first === null) return "interrupted";
  return first.done === true ? "empty" : prepend(first.value, requests);
}

async function* prepend(
  first: ScheduledRequest,
  rest: AsyncIterable<ScheduledRequest>,
): AsyncGenerator<ScheduledRequest> {
  yield first;
  yield* rest;
}

/** A line of the log, for people. A defect keeps its stack. */
function logText(line: string): string {
  const { level, msg, err } = JSON.parse(line) as {
    readonly level: string;
    readonly msg: string;
    readonly err?: unknown;
  };
  return err !== undefined ? line : `${escapeText(`${level}: ${msg}`)}\n`;
}

function describeEmpty({ progress: { read, broken, firstProblems, filteredOut, skipped } }: Recording): string {
  if (filteredOut > 0) return `no request passes --filter: none of ${read}`;
  const skippedCount = Object.values(skipped).reduce((sum, count) => sum + count, 0);
  const found = `${broken} unreadable and ${skippedCount} skipped records`;
  const problems = firstProblems.map(({ place, problem }) => `; ${place}: ${problem}`);
  return `no request to replay: ${broken + skippedCount === 0 ? "the recording is empty" : found}${problems.join("")}`;
}

/** @returns whether the user has interrupted it; requests can be in flight then */
async function untilEnd(
  running: RunningReplay,
  watch: ReplayWatch,
  { flags: { duration }, interruption, io }: Pick<ReplayTask, "flags" | "interruption" | "io">,
): Promise<boolean> {
  const { stderr } = process;
  const isTerminal = stderr.isTTY && process.env["TERM"] !== "dumb";
  const progress = showProgress(() => watch.look(), {
    write: io.err,
    columns: () => (isTerminal ? stderr.columns : undefined),
  });
  const timer = duration === undefined ? undefined : setTimeout(() => running.stop(), duration);
  try {
    return await Promise.race([running.ended.then(() => false), interruption.code.then(() => true)]);
  } catch (error) {
    await running.close();
    throw error;
  } finally {
    clearTimeout(timer);
    progress.close();
  }
}

/** @throws {CommandError} if it is not clear which candidate the report is about */
function checkCandidate({ routes }: Config, wanted: string | undefined): void {
  const names = rolesOf(routes).candidates.map(({ name }) => name);
  if (names.length === 0) throw new CommandError("no route has a candidate, so there is nothing to compare");
  const known = names.join(", ");
  if (wanted === undefined && names.length > 1) {
    throw new CommandError(`there are several candidates; choose the report's with --report-on: ${known}`);
  }
  if (wanted !== undefined && !names.includes(wanted)) {
    throw new CommandError(`--report-on: there is no candidate ${wanted}; candidates: ${known}`);
  }
}

function mirroredMethods({ routes }: Config): ReadonlySet<string> {
  const policies = routes.flatMap(({ action }) => (action.type === "forward" ? action.candidates : []));
  return new Set(policies.flatMap(({ methods }) => [...methods]));
}

/** @returns lines for the user; undefined for a defect */
function problemOf(error: unknown): string | undefined {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof ReplayInputError || error instanceof CommandError) return escapeText(error.message);
  return listenProblem(error);
}
