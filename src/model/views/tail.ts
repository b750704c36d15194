import type { DifferingField } from "../difference.ts";

/** An exchange in the live tail, one per candidate. */
export interface TailRow {
  /** Arrival of the request, Unix milliseconds. */
  readonly at: number;
  readonly route: string;
  readonly method: string;
  /** Request target in origin form; secrets are replaced by fingerprints. */
  readonly target: string;
  readonly endpoint: string;
  readonly candidate: string;
  /** Status codes; 0 for an incomplete response. */
  readonly primaryStatus: number;
  readonly candidateStatus: number;
  /** Milliseconds until the last byte, without connection setup; null for an incomplete response. */
  readonly primaryMs: number | null;
  readonly candidateMs: number | null;
  /** The first of the differing fields, noise included. */
  readonly fields: readonly DifferingField[];
  /** How many differ in all. */
  readonly fieldCount: number;
  /** Id of the sample; null if the exchange is not kept as one. */
  readonly sample: string | null;
}

/** Which exchanges a tail shows; undefined fields do not restrict it. */
export interface TailFilter {
  readonly candidate?: string | undefined;
  /** Only exchanges with a difference that the secondary does not show. */
  readonly differing?: boolean | undefined;
  readonly endpoint?: string | undefined;
  /** `404` or `5xx`: the status of either response; `changed`: they differ. */
  readonly status?: string | undefined;
  /** A part of the target, ignoring case. */
  readonly text?: string | undefined;
}

/** What the events of a tail carry. */
export interface TailBatch {
  readonly rows: readonly TailRow[];
  /** Exchanges that match the filter and were left out since the batch before. */
  readonly more: number;
}
