import type { FieldVerdict } from "./report.ts";
import type { Run } from "./run.ts";

/** A cause in one or both of two runs. */
export interface ComparedCause {
  readonly endpoint: string;
  readonly signature: string;
  readonly title: string;
  readonly verdict: FieldVerdict;
  /** Share of the endpoint's compared exchanges, of the most frequent field; null where the run has none. */
  readonly before: number | null;
  readonly after: number | null;
}

/** What became of the causes of one run in another. Noise is left out, and so is what rules hide. */
export interface RunComparison {
  readonly before: Pick<Run, "id" | "name" | "labels">;
  readonly after: Pick<Run, "id" | "name" | "labels">;
  readonly new: readonly ComparedCause[];
  readonly fixed: readonly ComparedCause[];
  readonly still: readonly ComparedCause[];
  /**
   * Endpoints with causes in the run before that the run after has not seen, or too seldom for them to show: nothing can be
   * said of these causes.
   */
  readonly unseen: readonly string[];
}
