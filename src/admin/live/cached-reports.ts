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
  readonly #storeProblem: () => string | null;

  /**
   * @param clock `wall` in Unix milliseconds, `monotonic` in milliseconds
   * @param storeProblem why nothing can be stored at the moment, or null
   */
  constructor(
    clock: { readonly wall: () => number; readonly monotonic: () => number },
    storeProblem: () => string | null,
  ) {
    this.#now = clock.wall;
    this.#storeProblem = storeProblem;
    this.#cache = new ShortLivedCache(clock.monotonic);
  }

  get(reader: StoreReader, run: Run, candidate: string): Report {
    const problem = run.endedAt === null ? this.#storeProblem() : null;
    return this.#cache.get([run.id, candidate, problem ?? ""], () => {
      const report = buildReport(reader, run, candidate, this.context());
      return problem === null ? report : withoutNewest(report, problem);
    });
  }

  /** The context for rule previews and comparisons of runs. */
  context(): ReportContext {
    return { now: this.#now(), cache: this.#history };
  }

  clear(): void {
    this.#cache.clear();
  }
}

/** A report on what was stored before the store failed cannot let a candidate pass. */
function withoutNewest(report: Report, problem: string): Report {
  const reason = `not stored: ${problem}; the latest responses are missing from this report`;
  const verdict = report.verdict === "pass" ? "inconclusive" : report.verdict;
  return { ...report, verdict, reasons: [reason, ...report.reasons] };
}
