import type { FieldVerdict } from "../report.ts";
import type { Run } from "../run.ts";

/** A cause in one or both of two runs. */
export interface ComparedCause {
  readonly endpoint: string;
  readonly signature: string;
  readonly title: string;
  readonly verdict: FieldVerdict;
  /** Share of compared exchanges with its most frequent field; null if the run compared none. */
  readonly before: number | null;
  readonly after: number | null;
}

/** What happened to the causes of one run in another, without noise and hidden differences. */
export interface RunComparison {
  readonly before: Pick<Run, "id" | "name" | "labels">;
  readonly after: Pick<Run, "id" | "name" | "labels">;
  readonly new: readonly ComparedCause[];
  readonly fixed: readonly ComparedCause[];
  readonly still: readonly ComparedCause[];
  /** Endpoints whose causes are unknown: the later run has too few of their exchanges to show them. */
  readonly unseen: readonly string[];
}
