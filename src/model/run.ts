/** The thresholds that a verdict is held against. */
export interface Gate {
  /** Smallest share of compared exchanges without a difference that counts, 0–1. */
  readonly parity: number;
  /** Largest median of candidate / primary latency. */
  readonly latencyRatio: number;
  /** Fewer compared exchanges than this cannot pass. */
  readonly minCompared: number;
}

/** One rehearsal of candidate versions against a primary. */
export interface Run {
  /** Sorts by start. */
  readonly id: string;
  readonly name: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly primary: string;
  readonly candidates: readonly string[];
  readonly secondary: string | null;
  readonly gate: Gate;
}
