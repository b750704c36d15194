import type { RetentionLimits } from "../../store-writer-options.ts";
import type { PostgresSession } from "../connect/connection.ts";
import type { MergeStateOptions } from "./merge-state.ts";

export interface MergerOptions extends MergeStateOptions {
  readonly retention: RetentionLimits;
  /** The key of this replica; null for a command that merges before it reads. */
  readonly replicaKey: number | null;
}

/**
 * The options of the last replica that has merged, for a command that merges what is left: it need not have the configuration.
 * @returns undefined before the first merge
 */
export async function selectLastOptions(session: PostgresSession): Promise<MergerOptions | undefined> {
  const { rows } = await session.query<{ readonly limits: string | null }>("SELECT limits FROM merge_state");
  const limits = rows[0]?.limits ?? null;
  if (limits === null) return undefined;
  const { endpoints, ...options } = JSON.parse(limits) as StoredOptions;
  return { ...options, configuredEndpoints: () => endpoints, replicaKey: null };
}

type StoredOptions = Omit<MergerOptions, "replicaKey" | "configuredEndpoints"> & {
  readonly endpoints: readonly string[];
};

/** For `selectLastOptions`. */
export function encodeOptions(options: MergerOptions): string {
  const { maxEndpoints, maxSegmentValues, maxDifferenceSets, samplesPerDifference, retention } = options;
  const stored: StoredOptions = {
    maxEndpoints,
    maxSegmentValues,
    maxDifferenceSets,
    samplesPerDifference,
    retention: { maxAgeMs: retention.maxAgeMs, maxBytes: retention.maxBytes },
    endpoints: options.configuredEndpoints?.() ?? [],
  };
  return JSON.stringify(stored);
}
