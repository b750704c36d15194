import type { Pacing, RecordingFormat } from "../../model/replay/recording.ts";
import { STDIN } from "../../replay/recording-input.ts";
import type { ReportFormat, ReportOutput } from "../report/report-outputs.ts";
import { CommandError } from "../terminal/command-io.ts";

/** Default of `--concurrency`. With a schedule it is a limit that is rarely reached. */
export const REPLAY_CONCURRENCY = { unpaced: 10, paced: 100 } as const;

/** The flags of `replay` that are no options of the configuration. */
export interface ReplaySelection {
  readonly recordingFormat: RecordingFormat | "auto";
  readonly filter?: readonly string[] | undefined;
  readonly setHeader?: readonly string[] | undefined;
  readonly removeHeader?: readonly string[] | undefined;
  /** Factor of the recorded pace. */
  readonly speed?: number | undefined;
  /** Requests per second. */
  readonly rate?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly anyOrder?: boolean | undefined;
  readonly loop?: number | undefined;
  /** Milliseconds. */
  readonly duration?: number | undefined;
  readonly format: ReportFormat;
  readonly output?: readonly ReportOutput[] | undefined;
  readonly reportOn?: string | undefined;
}

export function pacingOf({ speed, rate }: ReplaySelection): Pacing {
  if (speed !== undefined) return { type: "speed", factor: speed };
  return rate === undefined ? { type: "unpaced" } : { type: "rate", perSecond: rate };
}

export function concurrencyOf({ concurrency, speed, rate }: ReplaySelection): number {
  const isPaced = speed !== undefined || rate !== undefined;
  return concurrency ?? (isPaced ? REPLAY_CONCURRENCY.paced : REPLAY_CONCURRENCY.unpaced);
}

/**
 * How often the recording is read. A limit of time alone repeats it for that time, unless it is the standard input.
 * @throws {CommandError} if the standard input would have to be repeated
 */
export function passesOf(files: readonly string[], { loop, duration }: ReplaySelection): number {
  const isPipe = files.includes(STDIN);
  if (isPipe && loop !== undefined && loop > 1) {
    throw new CommandError("--loop: the standard input can be read only once; write it to a file, and name the file");
  }
  return loop ?? (duration === undefined || isPipe ? 1 : Infinity);
}
