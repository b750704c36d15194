/** Heartbeats come every second, commits and captures travel for less than another: a replica that stops loses what came since. */
const UNSEEN_SECONDS = 2;
/** A replica that reaches its database is found lost after 10 s, unless there is no other replica that looks. */
const USUAL_SILENCE_MS = 15_000;

/** A replica that stopped without ending: what it had not committed is not counted. */
export interface LostReplica {
  readonly name: string;
  /** Unix milliseconds. */
  readonly lastHeartbeatAt: number;
  /** Requests that it had received and not committed at that time. */
  readonly uncommitted: number;
  /** Requests per second at that time, the highest of the last seconds. */
  readonly rate: number;
  /** Milliseconds from then until it was found lost. */
  readonly silentMs: number;
}

/** How many requests are not counted at most, if the replica stopped before its next heartbeat. */
export function lossBound({ uncommitted, rate }: Pick<LostReplica, "uncommitted" | "rate">): number {
  return uncommitted + Math.ceil(rate * UNSEEN_SECONDS);
}

/** For how many seconds at most the replica can have gone on without its database, and without heartbeats. */
export function unseenSeconds({ silentMs }: Pick<LostReplica, "silentMs">): number {
  return silentMs < USUAL_SILENCE_MS ? 0 : Math.ceil(silentMs / 1000);
}
