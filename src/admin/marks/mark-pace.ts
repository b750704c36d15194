import { ApiError } from "../api-error.ts";

const WINDOW_MS = 60_000;
/** A pipeline reports a few marks per deployment. */
const MAX_IN_WINDOW = 60;

/** Limits how many marks clients report in a minute, because each is stored. */
export class MarkPace {
  readonly #now: () => number;
  /** Monotonic milliseconds of the latest marks, oldest first. */
  #times: readonly number[] = [];

  /** @param now monotonic milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts a mark. @throws ApiError 429 if there were too many in the last minute */
  count(): void {
    const now = this.#now();
    const recent = this.#times.filter((at) => now - at < WINDOW_MS);
    if (recent.length >= MAX_IN_WINDOW) {
      throw new ApiError(
        "too-many-marks",
        `There were ${MAX_IN_WINDOW} marks in the last minute, which is the limit.`,
        "Report one mark per deployment, and try again in a minute.",
      );
    }
    this.#times = [...recent, now];
  }
}
