import type { LearnedTemplate } from "../endpoints/learned-template.ts";
import type { DeniedField } from "../model/review.ts";
import type { Rule } from "../model/rule.ts";
import type { Run } from "../model/run.ts";
import type { StoreWriter } from "./store.ts";

/** The database, the clocks, and what happens to the batches of a `Committer`. */
export interface CommitterOptions<Sender> {
  readonly run: Run;
  /** Opens the database. If it rejects, the committer retries later. */
  open(): Promise<StoreWriter>;
  /** The database was opened, and counts go to this run: the one of the options, or the one that other replicas count to. */
  onBegin?(run: Run): void;
  /** Milliseconds on a monotonic clock. */
  now(): number;
  /** Unix milliseconds; determines the age of rows. */
  wallClock(): number;
  /** These batches are committed or permanently rejected; the sender can release them. */
  onSettled(sender: Sender, ids: readonly string[]): void;
  /** Called first and on every change. `error` says why the store cannot write; null if it can. */
  onStateChange(error: string | null): void;
  /** Called with the stored rules, the denied fields and the learned templates, first and on every change. */
  onRulesChange(stored: StoredRules): void;
  onCommit(batches: number, seconds: number): void;
  onFailure(): void;
  /** Called with the number of compared exchanges that could not be stored. */
  onLoss(exchanges: number): void;
  /** Called when the counts of a committed batch do not add up for a candidate: requests were lost by a defect. */
  onImbalance(candidate: string, requests: number): void;
  /** Called when the file was deleted, moved or replaced, after a new one was started. */
  onFileLost(loss: FileLoss): void;
}

/** What a lost file had counted for the current run. */
export interface FileLoss {
  /** Requests, of the candidate with the most. Those in flight count for the new file. */
  readonly requests: number;
  /** Compared exchanges. */
  readonly exchanges: number;
}

/** What comparisons depend on besides the configuration. */
export interface StoredRules {
  readonly rules: readonly Rule[];
  /** No rule hides these. */
  readonly denied: readonly DeniedField[];
  readonly templates: readonly LearnedTemplate[];
}
