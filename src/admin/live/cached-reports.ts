import type { Report } from "../../model/report.ts";
import type { Run } from "../../model/run.ts";
import type { ReportContext } from "../../report/read-counts.ts";
import { buildReport } from "../../report/build-report.ts";
import { HistoryCache } from "../../report/history-cache.ts";
import type { StoreReader } from "../../store/store.ts";
import { ShortLivedCache } from "./short-lived-cache.ts";

/** Maximum number of samples that one report compares again, because it blocks the main thread. The next report continues. */
const MAX_FRESH_SAMPLES = 200;

/** Builds reports and caches them until the next commit or edit. */
export class CachedReports {
  readonly #cache: ShortLivedCache<Report>;
  readonly #history = new HistoryCache(MAX_FRESH_SAMPLES);
  readonly #now: () => number;

  /** @param clock `wall` in Unix milliseconds, `monotonic` in milliseconds */
  constructor(clock: { readonly wall: () => number; readonly monotonic: () => number }) {
    this.#now = clock.wall;
    this.#cache = new ShortLivedCache(clock.monotonic);
  }

  get(reader: StoreReader, run: Run, candidate: string): Report {
    return this.#cache.get([run.id, candidate], () => buildReport(reader, run, candidate, this.context()));
  }

  /** The context for rule previews and comparisons of runs. */
  context(): ReportContext {
    return { now: this.#now(), cache: this.#history };
  }

  clear(): void {
    this.#cache.clear();
  }
}
