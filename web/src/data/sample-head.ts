import type { SampleDetail } from "../../../src/model/sample.ts";

/** A kept exchange as `/api/v1/samples` lists it: without headers and bodies. */
export interface SampleSummary extends Pick<
  SampleDetail,
  "id" | "at" | "route" | "endpoint" | "candidate" | "method" | "target" | "fields"
> {
  readonly primaryStatus: number;
  readonly candidateStatus: number;
}
