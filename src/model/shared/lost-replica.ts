/** Heartbeats come every second, commits and captures travel for less than another: a replica that stops loses what came since. */
const UNSEEN_SECONDS = 2;

/** A replica that stopped without ending: what it had not committed is not counted. */
export interface LostReplica {
  readonly name: string;
  /** Unix milliseconds. */
  readonly lastHeartbeatAt: number;
  /** Requests that it had received and not committed at that time. */
  readonly uncommitted: number;
  /** Requests per second at that time, the highest of the last seconds. */
  readonly rate: number;
}

/** How many requests are not counted at most, if the replica stopped before its next heartbeat. */
export function lossBound({ uncommitted, rate }: Pick<LostReplica, "uncommitted" | "rate">): number {
  return uncommitted + Math.ceil(rate * UNSEEN_SECONDS);
}
