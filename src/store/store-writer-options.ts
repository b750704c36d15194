import type { CardinalityLimits } from "./counting/interned-keys.ts";

/** Limits of a store; the same for all engines. */
export interface StoreWriterOptions extends CardinalityLimits {
  /** Reservoir size per differing field, in addition to the first, the last and the smallest sample; 0 disables sampling. */
  readonly samplesPerDifference: number;
  readonly retention: RetentionLimits;
  /** The configured path templates, which a reload can change. */
  readonly configuredEndpoints?: (() => readonly string[]) | undefined;
}

export interface RetentionLimits {
  readonly maxAgeMs: number;
  readonly maxBytes: number;
}
