import type { AttributeRecord, AttributeSource, AttributeStratum } from "../../model/explain/attribute.ts";
import { candidateSplits, type ColumnSplits } from "./conditions/candidate-splits.ts";

/** A sampled stratum with the number of exchanges that it stands for. */
export interface WeighedStratum extends AttributeStratum {
  /** Exchanges of the stratum in the run; exact. */
  readonly total: number;
}

/** The kept exchanges of one endpoint, prepared to explain any of its causes. */
export interface StrataIndex {
  readonly strata: readonly WeighedStratum[];
  /** In order of time. */
  readonly records: readonly AttributeRecord[];
  /** Of each record, in `strata`. */
  readonly stratumOf: Uint32Array;
  /** The conditions that can be tested. */
  readonly columns: readonly ColumnSplits[];
  /** Sources of which attributes were cut. */
  readonly cut: readonly AttributeSource[];
}

/**
 * Prepares the kept exchanges of an endpoint. It takes longer than `explainCause` and depends on no cause, so that callers prepare
 * an endpoint once for all of its causes.
 */
export function indexStrata(strata: readonly WeighedStratum[]): StrataIndex {
  const all = strata.flatMap(({ records }, stratum) => records.map((record) => ({ record, stratum })));
  all.sort((one, other) => one.record.at - other.record.at || one.record.draw - other.record.draw);
  const records = all.map(({ record }) => record);
  return {
    strata,
    records,
    stratumOf: Uint32Array.from(all, ({ stratum }) => stratum),
    columns: candidateSplits(records),
    cut: [...new Set(records.flatMap(({ cut }) => cut))].toSorted(),
  };
}
