/** Compared exchanges of one endpoint or of all, by the time of their arrival. */
export interface Timeline {
  /** Null for all endpoints together. */
  readonly endpoint: string | null;
  /**
   * The length of every bucket in milliseconds: a power of two of eighths of a second, as short as the time blocks of the run
   * and 64 buckets allow.
   */
  readonly bucketMs: number;
  /** Oldest first. Those without compared exchanges are left out. */
  readonly buckets: readonly TimelineBucket[];
}

export interface TimelineBucket {
  /** The start, in Unix milliseconds. */
  readonly at: number;
  /** Exchanges that arrived in the bucket and were compared. */
  readonly compared: number;
  /** Those that differ, also in noise. */
  readonly differed: number;
  /** Those that differ in a field that is neither noise nor hidden nor accepted. */
  readonly counting: number;
  /** Those with the cause that was asked for; 0 without one. */
  readonly withCause: number;
}

/** When a cause showed, as exactly as the time blocks say: recent ones are short, older ones long. */
export interface CauseTimes {
  /** The start and the end of the first time block with it, in Unix milliseconds: it was first seen in between. */
  readonly firstSeen: number;
  readonly firstSeenBy: number;
  /** The end of the last time block with it, in Unix milliseconds. */
  readonly lastSeen: number;
  /** The length of every bucket in milliseconds. */
  readonly bucketMs: number;
  /**
   * Exchanges with its most frequent field in each bucket, at most 32, from the first to the last compared exchange of the run:
   * the first bucket begins with the run.
   */
  readonly counts: readonly number[];
}
