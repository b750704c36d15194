import type { Verdict } from "../report.ts";

/** The verdict of a run on one of its candidates, for lists of runs. */
export interface RunSummary {
  /** Id of the run. */
  readonly run: string;
  readonly candidate: string;
  readonly verdict: Verdict;
  /** Compared exchanges, and those that differed, noise included. */
  readonly compared: number;
  readonly differed: number;
  /** Endpoints, and how many of them fail. */
  readonly endpoints: number;
  readonly failing: number;
}
