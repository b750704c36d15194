import { ALPHA } from "../statistics/significance.ts";
import { membersOf, type Split } from "./conditions/candidate-splits.ts";
import { countRecords, tablesOf, type TestSample } from "./test-sample.ts";
import { associationEvidence } from "./table-evidence.ts";
import type { SplitTests } from "./test-splits.ts";

/** Conditions that hold together, with the records that meet all of them. */
export interface Explained {
  readonly splits: readonly Split[];
  /** They hold only from this moment on, in Unix milliseconds; null if always. */
  readonly since: number | null;
  /** Ascending. */
  readonly members: Uint32Array;
  /** The records that may meet them, ascending. */
  readonly unknown: Uint32Array;
  readonly evidence: number;
}

/** A condition with its records. */
interface Partner {
  readonly split: Split;
  readonly members: Uint32Array;
}

/** The best conditions are tried with each other. */
const MAX_PARTNERS = 12;
/** See `CHANGE_ALPHA`. */
const PAIR_ALPHA = ALPHA / 4;

/**
 * The pair of conditions that explains a cause clearly better than either of them: within each, exchanges that meet the other
 * have it more often. Its evidence has to be as large as if every possible pair had been tested, because which ones are tried
 * depends on the same exchanges.
 * @param inflation how many exchanges with the cause count as one
 * @returns null without such a pair
 */
export function bestPair({ ranked, tested }: SplitTests, sample: TestSample, inflation: number): Explained | null {
  const barOfPair = Math.log((tested * (tested - 1)) / 2 / PAIR_ALPHA);
  const barWithin = Math.log(tested / PAIR_ALPHA);
  const partners = ranked
    .slice(0, MAX_PARTNERS)
    .map((split): Partner => ({ split, members: membersOf(split, sample.rows.length) }));
  let best: Explained | null = null;
  for (const [at, one] of partners.entries()) {
    for (const other of partners.slice(at + 1)) {
      if (one.split.column === other.split.column) continue;
      const pair = pairOf(one, other, sample, inflation);
      if (pair.evidence < barOfPair || pair.evidence <= (best?.evidence ?? 0)) continue;
      const both = pair.members;
      const weaker = Math.min(
        evidenceWithin(one, both, pair.unknown, sample),
        evidenceWithin(other, both, pair.unknown, sample),
      );
      if (weaker / inflation >= barWithin) best = pair;
    }
  }
  return best;
}

function pairOf(one: Partner, other: Partner, sample: TestSample, inflation: number): Explained {
  const members = sharedRecords(one.members, other.members);
  const unknown = Uint32Array.from(new Set([...one.split.column.unknown, ...other.split.column.unknown])).sort();
  const { all, met } = tablesOf(sample, members, unknown);
  const evidence = associationEvidence(all, met) / inflation;
  return { splits: [one.split, other.split], since: null, members, unknown, evidence };
}

/** The evidence that exchanges that meet one condition have the cause more often if they meet both. */
function evidenceWithin({ members }: Partner, both: Uint32Array, unknown: Uint32Array, sample: TestSample): number {
  const uncertain = new Set(unknown);
  const known = unknown.length === 0 ? members : members.filter((member) => !uncertain.has(member));
  return associationEvidence(countRecords(sample, known), countRecords(sample, both));
}

/** The records of two ascending lists that are in both. */
function sharedRecords(one: Uint32Array, other: Uint32Array): Uint32Array {
  const shared = new Uint32Array(Math.min(one.length, other.length));
  let [count, next] = [0, 0];
  for (let at = 0; at < one.length; at++) {
    const record = one[at] ?? 0;
    while ((other[next] ?? record) < record) next++;
    if (other[next] === record) shared[count++] = record;
  }
  return shared.subarray(0, count);
}
