import type { Verdict } from "../../model/report.ts";

/** What is decided of one thing, and why. */
export interface Judgement {
  readonly verdict: Verdict;
  /** Sentences with numbers; empty for what passes by itself. */
  readonly reasons: readonly string[];
}
