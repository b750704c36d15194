import type { Explanation } from "../explain/explanation.ts";

/** Why a cause shows. */
export interface CauseExplanation {
  readonly runId: string;
  readonly candidate: string;
  readonly signature: string;
  readonly title: string;
  /** One for each endpoint that has the cause, strongest first; an endpoint without kept exchanges has none. */
  readonly explanations: readonly Explanation[];
  /** Further endpoints that have it, which are not explained because there are so many. */
  readonly omitted: number;
}
