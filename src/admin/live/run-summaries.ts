import { LRUCache } from "lru-cache";
import type { Report } from "../../model/report.ts";
import type { Run } from "../../model/run.ts";
import type { RunSummary } from "../../model/views/run-summary.ts";
import { buildReport } from "../../report/build-report.ts";
import type { StoreReader } from "../../store/store.ts";
import type { CachedReports } from "./cached-reports.ts";

/** More than a person looks through; each has a hundred bytes. */
const MAX_SUMMARIES = 500;

/** The verdicts of runs. Those of runs that have ended are built once, until a rule or a review changes. */
export class RunSummaries {
  readonly #ended = new LRUCache<string, Promise<RunSummary>>({ max: MAX_SUMMARIES });
  readonly #reports: CachedReports;

  constructor(reports: CachedReports) {
    this.#reports = reports;
  }

  async get(reader: StoreReader, run: Run, candidate: string): Promise<RunSummary> {
    if (run.endedAt === null) return summaryOf(await this.#reports.recent(reader, run, candidate));
    const key = JSON.stringify([run.id, candidate]);
    const known = this.#ended.get(key);
    if (known !== undefined) return known;
    // Not through the cache of reports, which keeps the few that are on a screen.
    const summary = buildReport(reader, run, candidate, this.#reports.context()).then(summaryOf);
    this.#ended.set(key, summary);
    summary.catch(() => {
      if (this.#ended.peek(key) === summary) this.#ended.delete(key);
    });
    return summary;
  }

  clear(): void {
    this.#ended.clear();
  }
}

function summaryOf({ run, candidate, verdict, accounting, endpoints }: Report): RunSummary {
  return {
    run: run.id,
    candidate,
    verdict,
    compared: accounting.compared,
    differed: accounting.differed,
    endpoints: endpoints.length,
    failing: endpoints.filter((endpoint) => endpoint.verdict === "fail").length,
  };
}
