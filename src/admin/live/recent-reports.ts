import type { BriefReport, BuiltReports } from "../../model/views/brief-report.ts";

/** Reports are at most so old, unless building them takes long. */
const MIN_INTERVAL_MS = 5_000;
/** Building takes at most a twentieth of the time of its thread. */
const MIN_INTERVAL_PER_BUILD = 20;
/** Without a reader for so long, no reports are built. Longer than usual scrape intervals. */
const IDLE_MS = 150_000;

export interface RecentReportsOptions {
  /** Builds the reports of all candidates of the current run; rejects if the store cannot be read. */
  readonly build: () => Promise<readonly BriefReport[]>;
  readonly onError: (error: unknown) => void;
  /** `wall` in Unix milliseconds, `monotonic` in milliseconds. */
  readonly clock: { readonly wall: () => number; readonly monotonic: () => number };
  readonly timers: {
    setTimeout(callback: () => void, ms: number): { unref(): unknown };
    clearTimeout(timer: { unref(): unknown }): void;
  };
}

/**
 * The reports behind the metrics. A scrape must neither wait for a report nor cost one, so only the first read builds them. As
 * long as they are read, they are built again in the background, every five seconds, or less often if that takes long.
 */
export class RecentReports {
  readonly #options: RecentReportsOptions;
  #latest: BuiltReports | null = null;
  /** The first build after a time without readers, for which they wait. */
  #first: Promise<void> | undefined;
  /** Being built, or waiting to be built again. */
  #isActive = false;
  #isClosed = false;
  #timer: { unref(): unknown } | undefined;
  #readAt = 0;

  constructor(options: RecentReportsOptions) {
    this.#options = options;
  }

  /** The latest reports; null if the latest attempt to build them failed. */
  async get(): Promise<BuiltReports | null> {
    this.#readAt = this.#options.clock.monotonic();
    if (!this.#isActive) {
      this.#isActive = true;
      this.#first = this.#build().finally(() => (this.#first = undefined));
    }
    await this.#first;
    return this.#latest;
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer !== undefined) this.#options.timers.clearTimeout(this.#timer);
  }

  async #build(): Promise<void> {
    const { build, onError, clock, timers } = this.#options;
    const startedAt = clock.monotonic();
    try {
      const reports = await build();
      this.#latest = { reports, builtAt: clock.wall(), buildMs: clock.monotonic() - startedAt };
    } catch (error) {
      this.#latest = null;
      onError(error);
    }
    if (this.#isClosed) return;
    const tookMs = clock.monotonic() - startedAt;
    this.#timer = timers.setTimeout(() => this.#rebuild(), Math.max(MIN_INTERVAL_MS, tookMs * MIN_INTERVAL_PER_BUILD));
    this.#timer.unref();
  }

  #rebuild(): void {
    this.#timer = undefined;
    if (this.#options.clock.monotonic() - this.#readAt < IDLE_MS) {
      void this.#build();
      return;
    }
    this.#latest = null;
    this.#isActive = false;
  }
}
