import type { LatencyView } from "../../model/latency.ts";
import type { Run } from "../../model/run.ts";
import type { CandidateSource } from "../../report/read-counts.ts";
import type { StoreReader } from "../../store/store.ts";
import { CachedReports } from "../live/cached-reports.ts";
import { RunSummaries } from "../live/run-summaries.ts";
import { ShortLivedCache } from "../live/short-lived-cache.ts";
import { StoreConnection } from "../live/store-connection.ts";
import { selectRun, type RunSelection } from "../run-selection.ts";

/** What reports depend on besides the store. */
export interface ReportFacts {
  /** The store may not have recorded it yet. */
  readonly current: Run;
  /** Why nothing can be stored at the moment, or null. */
  readonly storeError: string | null;
}

/** Something was committed, the state of the process changed, or rules or reviews did. */
export type ReportChange = "committed" | "status" | "rules";

/** Everything that questions about reports are answered from: a reader of the store, and what was read and judged before. */
export class ReportDesk {
  facts: ReportFacts;
  readonly reports: CachedReports;
  readonly summaries: RunSummaries;
  readonly latencies: ShortLivedCache<LatencyView>;
  readonly #store: StoreConnection;

  /** @param open opens the store for reading, with the first question and after errors */
  constructor(facts: ReportFacts, open: () => Promise<StoreReader>) {
    this.facts = facts;
    const clock = { wall: Date.now, monotonic: () => performance.now() };
    this.#store = new StoreConnection(open);
    this.reports = new CachedReports(clock, () => this.facts.storeError);
    this.summaries = new RunSummaries(this.reports);
    this.latencies = new ShortLivedCache<LatencyView>(clock.monotonic);
  }

  /**
   * Reads the counts of a selected run and candidate.
   * @throws ApiError if they are unknown, or `store-unavailable`
   */
  read<Result>(selection: RunSelection, use: (source: CandidateSource) => Promise<Result>): Promise<Result> {
    return this.query(async (reader) => use({ reader, ...(await selectRun(reader, this.facts.current, selection)) }));
  }

  /** @throws ApiError `store-unavailable` */
  query<Result>(use: (reader: StoreReader) => Promise<Result>): Promise<Result> {
    return this.#store.query(use);
  }

  /** Forgets what a change makes outdated. */
  changed(change: ReportChange): void {
    this.latencies.clear();
    if (change === "committed") return;
    this.reports.clear();
    if (change === "rules") this.summaries.clear();
    else void this.#store.close();
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
