import type { RawHeaders } from "../capture.ts";

/** A recorded request with its place in the schedule of a replay. */
export interface ScheduledRequest {
  readonly method: string;
  /** Origin form. */
  readonly target: string;
  readonly headers: RawHeaders;
  /** Requests of one lane are sent one after the other; null for a request that does not wait for others. */
  readonly lane: string | null;
  /** With memory that belongs to this request alone, because it moves to another thread. */
  readonly body: Uint8Array;
  /** When it is to be sent, in milliseconds since the replay has begun. */
  readonly dueMs: number;
  /** Estimated memory. */
  readonly bytes: number;
}

/** What the sender of a replay has done so far. */
export interface ReplayCounts {
  /** Requests that no longer wait to be sent, and their memory. */
  readonly taken: number;
  readonly takenBytes: number;
  /** Requests whose responses are complete, and those that were not sent. */
  readonly done: number;
  /** Requests that were sent to the primary. */
  readonly sent: number;
  /** Requests without a complete response of the primary. */
  readonly primaryFailed: number;
  /** Requests that were not sent because no candidate of their route takes them, by method. */
  readonly unsent: ReadonlyMap<string, number>;
  /** Requests that no upstream could receive, because they are malformed. */
  readonly refused: number;
  /** Requests that were sent noticeably later than scheduled, and the longest delay in milliseconds. */
  readonly late: number;
  readonly latestMs: number;
  /** Every request has ended, and no further one follows. */
  readonly isDone: boolean;
  /** The primary does not respond, or no longer, so the replay has ended; null if it does. */
  readonly outage: string | null;
}
