/** What became of one received request as far as one candidate is concerned. */
export type Fate = "received" | "sampledOut" | "notMirrored" | "dropped" | "mirrored" | "skipped";

export type NotMirroredReason = "method" | "route" | "upgrade" | "loop" | "paused";
export type DropReason = "inflight" | "bytes" | "breaker" | "queue";
/**
 * Mirrored, but could not be judged. `thread-died` and `timeout` stand for exchanges that a compare thread took with it;
 * `error` for one whose comparison threw.
 */
export type SkipReason = "primary-failed" | "client-aborted" | "thread-died" | "timeout" | "error";

/**
 * A count of one fate. At rest, per candidate: received = Σ notMirrored + sampledOut + mirrored + Σ dropped, and
 * mirrored = compared + Σ skipped, where `compared` is the sum of the outcomes.
 */
export interface AccountingCount {
  /** Whole minutes since the Unix epoch, of the request's arrival. */
  readonly minute: number;
  readonly candidate: string;
  readonly fate: Fate;
  /** Empty for fates that have no reasons. */
  readonly reason: NotMirroredReason | DropReason | SkipReason | "";
  /** Of a skipped exchange, for the metrics; the store adds all routes up. */
  readonly route?: string | undefined;
  readonly count: number;
}
