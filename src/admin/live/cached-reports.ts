import { LRUCache } from "lru-cache";
import type { Report } from "../../model/report.ts";
import type { Run } from "../../model/run.ts";
import type { ReportContext } from "../../report/read-counts.ts";
import { buildReport } from "../../report/build-report.ts";
import { HistoryCache } from "../../report/history-cache.ts";
import type { StoreReader } from "../../store/store.ts";

/** Maximum number of samples that one report compares again, because it blocks the main thread. The next report continues. */
const MAX_FRESH_SAMPLES = 200;
/** A report of thousands of endpoints takes tens of megabytes. */
const MAX_REPORTS = 10;
/** Rules and acceptances expire without a change of the store. */
const MAX_UNCHANGED_MS = 5_000;
/** For dashboards, reports are built during at most a tenth of the main thread's time. */
const REST_PER_BUILD = 9;

interface Entry {
  readonly report: Report;
  readonly reader: StoreReader;
  readonly version: number;
  /** Monotonic milliseconds at the end of the build. */
  readonly builtAt: number;
  readonly tookMs: number;
}

/** Builds reports, and keeps them until the store changes: all dashboards together cost one report. */
export class CachedReports {
  readonly #entries = new LRUCache<string, Entry>({ max: MAX_REPORTS });
  readonly #history = new HistoryCache(MAX_FRESH_SAMPLES);
  readonly #clock: { readonly wall: () => number; readonly monotonic: () => number };
  readonly #storeProblem: () => string | null;

  /**
   * @param clock `wall` in Unix milliseconds, `monotonic` in milliseconds
   * @param storeProblem why nothing can be stored at the moment, or null
   */
  constructor(
    clock: { readonly wall: () => number; readonly monotonic: () => number },
    storeProblem: () => string | null,
  ) {
    this.#clock = clock;
    this.#storeProblem = storeProblem;
  }

  /** The report of everything that is stored. */
  get(reader: StoreReader, run: Run, candidate: string): Report {
    return this.#get(reader, run, candidate, (entry) => this.#isCurrent(entry));
  }

  /** The report for a screen. It may be older than the last commit, by up to nine times as long as it takes to build. */
  recent(reader: StoreReader, run: Run, candidate: string): Report {
    return this.#get(reader, run, candidate, (entry) => this.#restOf(entry) > 0 || this.#isCurrent(entry));
  }

  /** Milliseconds until every recent report may be built again. */
  restMs(): number {
    return [...this.#entries.values()].reduce((rest, entry) => Math.max(rest, this.#restOf(entry)), 0);
  }

  /** The context for rule previews and comparisons of runs. */
  context(): ReportContext {
    return { now: this.#clock.wall(), cache: this.#history };
  }

  /** After an edit, which everybody must see at once. */
  clear(): void {
    this.#entries.clear();
  }

  #get(reader: StoreReader, run: Run, candidate: string, isUsable: (entry: Entry) => boolean): Report {
    const problem = run.endedAt === null ? this.#storeProblem() : null;
    const name = JSON.stringify([run.id, run.endedAt, candidate, problem]);
    const known = this.#entries.get(name);
    if (known?.reader === reader && isUsable(known)) return known.report;
    const version = reader.version();
    const startedAt = this.#clock.monotonic();
    const built = buildReport(reader, run, candidate, this.context());
    const report = problem === null ? built : withoutNewest(built, problem);
    const builtAt = this.#clock.monotonic();
    this.#entries.set(name, { report, reader, version, builtAt, tookMs: builtAt - startedAt });
    return report;
  }

  #isCurrent({ reader, version, builtAt }: Entry): boolean {
    return this.#clock.monotonic() - builtAt < MAX_UNCHANGED_MS && reader.version() === version;
  }

  #restOf({ builtAt, tookMs }: Entry): number {
    return builtAt + tookMs * REST_PER_BUILD - this.#clock.monotonic();
  }
}

/** A report on what was stored before the store failed cannot let a candidate pass. */
function withoutNewest(report: Report, problem: string): Report {
  const reason = `not stored: ${problem}; the latest responses are missing from this report`;
  const verdict = report.verdict === "pass" ? "inconclusive" : report.verdict;
  return { ...report, verdict, reasons: [reason, ...report.reasons] };
}
