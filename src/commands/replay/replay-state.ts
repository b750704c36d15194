import type { ReplayCounts } from "../../model/replay/replay-counts.ts";
import type { RecordingProgress } from "../../model/replay/recording.ts";
import type { ReadCounts } from "../../replay/drive/scheduled-requests.ts";

/** How far a replay has come. */
export interface ReplayState {
  readonly done: number;
  /** All requests of the replay; null if that is unknown. */
  readonly total: number | null;
  /** The recording is read completely, so the total is exact. */
  readonly isTotalExact: boolean;
  /** Requests per second over the last seconds. */
  readonly perSecond: number;
  /** Until the end, in milliseconds; null if that is unknown. */
  readonly remainingMs: number | null;
  /** Requests without a complete response of the primary. */
  readonly failed: number;
  /** Copies that were dropped. */
  readonly dropped: number;
  /** Why nothing can be stored at the moment, so that the replay waits; null if it can. */
  readonly storeError: string | null;
}

export interface ProgressSources {
  readonly recording: Pick<RecordingProgress, "bytesRead" | "bytesTotal">;
  readonly read: ReadCounts;
  readonly passes: number;
  readonly durationMs: number | undefined;
  counts(): ReplayCounts;
  dropped(): number;
  storeError(): string | null;
  /** Monotonic milliseconds. */
  now(): number;
}

/** The rate is that of so many looks. */
const RATE_LOOKS = 25;
const MS_PER_SECOND = 1000;

/** Watches a replay that begins now. */
export class ReplayWatch {
  readonly #sources: ProgressSources;
  readonly #startedAt: number;
  readonly #looks: { readonly at: number; readonly done: number }[];

  constructor(sources: ProgressSources) {
    this.#sources = sources;
    this.#startedAt = sources.now();
    this.#looks = [{ at: this.#startedAt, done: 0 }];
  }

  get elapsedMs(): number {
    return this.#sources.now() - this.#startedAt;
  }

  look(): ReplayState {
    const { read, durationMs } = this.#sources;
    const { done, primaryFailed } = this.#sources.counts();
    const total = totalOf(this.#sources);
    const perSecond = this.#rate(done);
    const leftMs = total === null || perSecond === 0 ? null : (Math.max(0, total - done) / perSecond) * MS_PER_SECOND;
    const untilEndMs = durationMs === undefined ? null : Math.max(0, durationMs - this.elapsedMs);
    return {
      done,
      total,
      isTotalExact: read.hasEnded,
      perSecond,
      remainingMs: leftMs === null || untilEndMs === null ? (leftMs ?? untilEndMs) : Math.min(leftMs, untilEndMs),
      failed: primaryFailed,
      dropped: this.#sources.dropped(),
      storeError: this.#sources.storeError(),
    };
  }

  #rate(done: number): number {
    const at = this.#sources.now();
    this.#looks.push({ at, done });
    if (this.#looks.length > RATE_LOOKS) this.#looks.shift();
    const [first = { at, done }] = this.#looks;
    return at === first.at ? 0 : ((done - first.done) / (at - first.at)) * MS_PER_SECOND;
  }
}

/** The total of a recording that is not read completely follows from the part that is. */
function totalOf({ read, recording, passes }: ProgressSources): number | null {
  if (read.hasEnded) return read.requests;
  if (!Number.isFinite(passes)) return null;
  if (read.passes > 0) return Math.round((read.requests / read.passes) * passes);
  const { bytesRead, bytesTotal } = recording;
  if (bytesTotal === null || bytesRead === 0 || read.requests === 0) return null;
  return Math.round((read.requests / bytesRead) * bytesTotal * passes);
}
