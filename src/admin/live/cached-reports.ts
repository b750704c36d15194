import { LRUCache } from "lru-cache";
import type { Report } from "../../model/report.ts";
import type { Run } from "../../model/run.ts";
import type { CandidateSource, ReportContext } from "../../report/read-counts.ts";
import { reportAgainstBaseline, type BaselineSource } from "../../report/baseline/report-against.ts";
import { buildReport } from "../../report/build-report.ts";
import { createReportExplanations, explainReport } from "../../report/explanations/explain-report.ts";
import { HistoryCache } from "../../report/history-cache.ts";
import type { StoreReader } from "../../store/store.ts";

/** Maximum number of samples that one report compares again, because it blocks the other questions about reports. The next report continues. */
const MAX_FRESH_SAMPLES = 200;
/** Maximum number of causes that a report of a current run explains for a screen, for the same reason; 2 ms each. */
const MAX_FRESH_EXPLANATIONS = 20;
/** Of a run that has ended, whose counts stay, and for a program that asks once. */
const MAX_ALL_EXPLANATIONS = 1_000;
/** A report of thousands of endpoints takes tens of megabytes. */
const MAX_REPORTS = 10;
/** Rules and acceptances expire without a change of the store. */
const MAX_UNCHANGED_MS = 5_000;
/** For dashboards, reports are built during at most a tenth of the time. */
const REST_PER_BUILD = 9;

interface Entry {
  readonly report: Report;
  readonly reader: StoreReader;
  readonly version: number;
  /** Monotonic milliseconds at the end of the build. */
  readonly builtAt: number;
  readonly tookMs: number;
}

/** A build that has not ended. */
interface Build {
  readonly reader: StoreReader;
  /** Calls and builds are numbered in the order in which they begin. */
  readonly number: number;
  readonly report: Promise<Report>;
}

type Freshness = "get" | "recent";

/**
 * Builds reports, and keeps them until the store changes: all dashboards together cost one report. Nothing is built twice at the
 * same time.
 */
export class CachedReports {
  readonly #builds = new Map<string, Build>();
  #lastNumber = 0;
  /** Number of the last call that cleared the cache: builds that began before it are outdated. */
  #clearedAt = 0;
  readonly #entries = new LRUCache<string, Entry>({ max: MAX_REPORTS });
  readonly #history = new HistoryCache(MAX_FRESH_SAMPLES);
  readonly #explanations = createReportExplanations();
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

  /** The report of everything that is stored. A current run may not have all explanations yet. */
  get(reader: StoreReader, run: Run, candidate: string): Promise<Report> {
    return this.#get(reader, run, candidate, "get");
  }

  /** The report of everything that is stored, with all explanations. */
  async complete(reader: StoreReader, run: Run, candidate: string): Promise<Report> {
    const report = await this.get(reader, run, candidate);
    return this.#explain({ reader, run, candidate }, report, MAX_ALL_EXPLANATIONS);
  }

  /** The report for a screen. It may be older than the last commit, by up to nine times as long as it takes to build. */
  recent(reader: StoreReader, run: Run, candidate: string): Promise<Report> {
    return this.#get(reader, run, candidate, "recent");
  }

  /**
   * The report without what another run had already. Such reports are for pipelines, which ask once, so they are not kept.
   * @throws BaselineError if that run cannot be a baseline
   */
  async against(reader: StoreReader, source: BaselineSource): Promise<Report> {
    const problem = this.#problemOf(source.run);
    const judged = await reportAgainstBaseline(reader, source, this.context());
    const built = await this.#explain({ reader, ...source }, judged, MAX_ALL_EXPLANATIONS);
    return problem === null ? built : withoutNewest(built, problem);
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
    this.#clearedAt = this.#nextNumber();
    this.#entries.clear();
  }

  async #get(reader: StoreReader, run: Run, candidate: string, freshness: Freshness): Promise<Report> {
    const asked = this.#nextNumber();
    const problem = this.#problemOf(run);
    const name = JSON.stringify([run.id, run.endedAt, candidate, problem]);
    for (;;) {
      const known = this.#entries.get(name);
      if (known?.reader === reader && (await this.#isUsable(known, freshness))) return known.report;
      const build = this.#builds.get(name);
      if (build === undefined) return this.#begin(name, { reader, run, candidate }, problem);
      const oldest = freshness === "recent" ? this.#clearedAt : asked;
      if (build.reader === reader && build.number > oldest) return build.report;
      // It may have read before what this call must see; then the next build is for all that wait now.
      await build.report.catch(() => undefined);
    }
  }

  #begin(name: string, source: CandidateSource, problem: string | null): Promise<Report> {
    const number = this.#nextNumber();
    const { reader } = source;
    const report = this.#build(source, problem)
      .then((entry) => {
        if (number > this.#clearedAt) this.#entries.set(name, entry);
        return entry.report;
      })
      .finally(() => this.#builds.delete(name));
    this.#builds.set(name, { reader, number, report });
    return report;
  }

  async #build({ reader, run, candidate }: CandidateSource, problem: string | null): Promise<Entry> {
    const startedAt = this.#clock.monotonic();
    const version = await reader.version();
    const judged = await buildReport(reader, run, candidate, this.context());
    const most = run.endedAt === null ? MAX_FRESH_EXPLANATIONS : MAX_ALL_EXPLANATIONS;
    const built = await this.#explain({ reader, run, candidate }, judged, most);
    const report = problem === null ? built : withoutNewest(built, problem);
    const builtAt = this.#clock.monotonic();
    return { report, reader, version, builtAt, tookMs: builtAt - startedAt };
  }

  #explain(source: CandidateSource, report: Report, most: number): Promise<Report> {
    return explainReport(source, report, this.#explanations, most);
  }

  async #isUsable(entry: Entry, freshness: Freshness): Promise<boolean> {
    if (freshness === "recent" && this.#restOf(entry) > 0) return true;
    const { reader, version, builtAt } = entry;
    return this.#clock.monotonic() - builtAt < MAX_UNCHANGED_MS && (await reader.version()) === version;
  }

  /** Why the latest responses may be missing, or null. */
  #problemOf({ endedAt }: Run): string | null {
    return endedAt === null ? this.#storeProblem() : null;
  }

  #nextNumber(): number {
    this.#lastNumber += 1;
    return this.#lastNumber;
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
