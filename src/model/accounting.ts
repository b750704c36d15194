/**
 * What happened to a request with respect to one candidate. `received` counts its arrival. `inFlight` counts requests that have
 * no other fate yet, as changes: 1 when a request is first reported in flight, -1 when it no longer is. `interrupted`: it was in
 * flight when its proxy thread died. `forgotten`: it was counted in a store file that was deleted, moved or replaced.
 */
export type Fate =
  | "received"
  | "inFlight"
  | "interrupted"
  | "forgotten"
  | "sampledOut"
  | "notMirrored"
  | "dropped"
  | "mirrored"
  | "skipped";

/** `client-aborted`: the client left during an injected delay, before a copy was due. */
export type NotMirroredReason = "method" | "route" | "upgrade" | "loop" | "paused" | "client-aborted";
export type DropReason = "inflight" | "bytes" | "breaker" | "queue" | "descriptors";
/**
 * Why an exchange could not be compared: its compare thread died, was replaced because it spent too much CPU time on this
 * exchange, or reached the limit of its heap.
 */
export type CompareThreadLoss = "thread-died" | "timeout" | "memory";
/**
 * Why a mirrored exchange could not be judged. `saturated`: the candidate timed out, but the primary was about as slow.
 * `connection-closed` and `not-processed`: the candidate's failure says nothing about its version, see `TransportFailure`.
 * `error`: the comparison threw.
 */
export type SkipReason =
  | "primary-failed"
  | "client-aborted"
  | "saturated"
  | "connection-closed"
  | "not-processed"
  | CompareThreadLoss
  | "error";

/**
 * The number of requests with one fate. Per candidate, after every commit: received = Σ notMirrored + sampledOut + mirrored +
 * Σ dropped + inFlight + interrupted, and mirrored = compared + Σ skipped, where `compared` is the sum of all outcomes. Each
 * part is counted on its own, so a request that a defect loses breaks the sum.
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

/** What happened to the requests of one candidate in a run. */
export interface Accounting {
  /** Requests that have arrived, counted independently of their fates, without those in flight and interrupted. */
  readonly received: number;
  /** Without a fate so far, or captured and not compared so far. */
  readonly inFlight: number;
  /** In flight when the process or its proxy thread ended, so that the fate will never be known. */
  readonly interrupted: number;
  /** By how much the counts fail to add up: requests that a defect of shadowdiff lost, or counted twice. */
  readonly lost: number;
  /** Counted in a store file that was deleted, moved or replaced while in use; not part of any other number. */
  readonly forgotten: number;
  readonly sampledOut: number;
  readonly mirrored: number;
  readonly compared: number;
  readonly matched: number;
  readonly differed: number;
  readonly noiseCompared: number;
  readonly notMirrored: Readonly<Partial<Record<NotMirroredReason, number>>>;
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
}

/** Exchanges that are counted under a collective name because a cap was reached. */
export interface Overflow {
  /** Compared exchanges on endpoints beyond the cap. */
  readonly endpoints: number;
  /** Path templates to configure, each of which would count many endpoints as one; only if endpoints are beyond the cap. */
  readonly templates: readonly string[];
  /** Compared exchanges whose set of differing fields is beyond the cap. */
  readonly differenceSets: number;
  /** Fields beyond the most frequent ones of their endpoint, which count but are not listed. */
  readonly fields: number;
}
