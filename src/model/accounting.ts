/** What happened to a received request with respect to one candidate. */
export type Fate = "received" | "sampledOut" | "notMirrored" | "dropped" | "mirrored" | "skipped";

export type NotMirroredReason = "method" | "route" | "upgrade" | "loop" | "paused";
export type DropReason = "inflight" | "bytes" | "breaker" | "queue";
/** Why the batches of a compare thread are lost: it died, or was replaced because it spent too long on one exchange. */
export type CompareThreadLoss = "thread-died" | "timeout";
/** Why a mirrored exchange could not be judged. `error`: the comparison threw. */
export type SkipReason = "primary-failed" | "client-aborted" | CompareThreadLoss | "error";

/**
 * The number of requests with one fate. At rest, per candidate: received = Σ notMirrored + sampledOut + mirrored + Σ dropped,
 * and mirrored = compared + Σ skipped, where `compared` is the sum of all outcomes.
 */
export interface AccountingCount {
  /** Arrival of the request, in minutes since the Unix epoch. */
  readonly minute: number;
  readonly candidate: string;
  readonly fate: Fate;
  /** Empty for fates without reasons. */
  readonly reason: NotMirroredReason | DropReason | SkipReason | "";
  /** Set for skipped exchanges, as a metric label; the store adds up all routes. */
  readonly route?: string | undefined;
  readonly count: number;
}
