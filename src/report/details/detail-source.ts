import type { Isolation } from "../../model/isolate/isolation.ts";
import type { LatencyView } from "../../model/latency.ts";
import type { SampleDetail } from "../../model/sample.ts";
import type { CauseExplanation } from "../../model/views/cause-explanation.ts";

/** Where samples and distributions of a report come from: its store, or the running shadowdiff that made it. */
export interface DetailSource {
  /**
   * Samples in which a field of the cause differs, newest first.
   * @param signature of a cause of the report
   */
  samples(signature: string, limit: number): Promise<readonly SampleDetail[]>;
  /** @param endpoint undefined for all endpoints together */
  latency(endpoint: string | undefined): Promise<LatencyView>;
  /** Why a cause shows. @param signature of a cause of the report @param endpoint undefined for all endpoints that have it */
  explain(signature: string, endpoint: string | undefined): Promise<CauseExplanation>;
  /** The isolations of a cause that have ended, newest first. */
  isolations(signature: string): Promise<readonly Isolation[]>;
}
