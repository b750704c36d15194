import type { BlockEvidence } from "./block-evidence.ts";
import { logMajorityEvidence } from "./e-values.ts";

/** A field with fewer discordant pairs does not show whether its differences clump. */
const MIN_EVENTS = 10;
/** Fewer fields do not show what the fields of a run have in common. */
const MIN_FIELDS = 8;
/** If this share of the fields clump, the others are taken to do so too. */
const CLUMPING_SHARE = 0.75;

/**
 * The variance inflation that the fields of a run have in common. Of many fields whose noise comes in bursts, a few seem
 * independent by chance, and these would be called real. So where most fields clump, none is taken to clump less than the median
 * (a simple form of empirical Bayes: Efron & Morris 1973). Where fields differ independently, chance makes about one in five
 * clump, and nothing is shared.
 * @returns 1 if nothing is shared; in steps of a quarter, so that reports stay the same from second to second
 */
export function sharedInflation(fields: readonly BlockEvidence[]): number {
  const known = fields.filter(({ total }) => total.first + total.second >= MIN_EVENTS);
  const clumping = known.filter(({ inflation }) => inflation > 1);
  if (known.length < MIN_FIELDS || clumping.length < CLUMPING_SHARE * known.length) return 1;
  const ascending = Float64Array.from(known, ({ inflation }) => inflation).sort();
  return Math.floor(4 * (ascending[ascending.length >> 1] ?? 1)) / 4;
}

/** The evidence of a field whose differences clump at least as much as those of most fields. */
export function withInflation(shared: number, field: BlockEvidence): BlockEvidence {
  const inflation = Math.max(shared, field.inflation);
  const ofRun = evidenceUnder(field.total, inflation);
  const most = field.late === null ? ofRun : Math.max(ofRun, evidenceUnder(field.late, shared));
  return { ...field, inflation, evidence: Math.min(field.evidence, most) };
}

function evidenceUnder({ first, second }: BlockEvidence["total"], inflation: number): number {
  return logMajorityEvidence(first / inflation, second / inflation);
}
