import type { Condition } from "../../model/explain/explanation.ts";
import { ALPHA } from "../statistics/significance.ts";
import type { Split } from "./conditions/candidate-splits.ts";
import { restrictSample, tablesOf, type TestSample } from "./test-sample.ts";
import { associationEvidence } from "./table-evidence.ts";
import type { SplitTests, TestedSplit } from "./test-splits.ts";

/** Conditions that hold together, with the records that meet all of them. */
export interface Explained {
  readonly splits: readonly Split[];
  readonly conditions: readonly Condition[];
  readonly members: Uint32Array;
  readonly unknown: Uint32Array;
  readonly evidence: number;
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
  const partners = ranked.slice(0, MAX_PARTNERS);
  let best: Explained | null = null;
  for (const [at, one] of partners.entries()) {
    for (const other of partners.slice(at + 1)) {
      if (one.column === other.column) continue;
      const pair = pairOf(one, other, sample, inflation);
      if (pair.evidence < barOfPair || pair.evidence <= (best?.evidence ?? 0)) continue;
      const weaker = Math.min(evidenceWithin(one, other, sample), evidenceWithin(other, one, sample)) / inflation;
      if (weaker >= barWithin) best = pair;
    }
  }
  return best;
}

function pairOf(one: TestedSplit, other: TestedSplit, sample: TestSample, inflation: number): Explained {
  const others = new Set(other.members);
  const members = one.members.filter((member) => others.has(member));
  const unknown = Uint32Array.from(new Set([...one.unknown, ...other.unknown])).sort();
  const evidence = associationEvidence(tablesOf(sample, { members, unknown })) / inflation;
  return { splits: [one, other], conditions: [one.condition, other.condition], members, unknown, evidence };
}

/** The evidence of a condition among the exchanges that meet another one. */
function evidenceWithin(condition: Split, other: Split, sample: TestSample): number {
  const members = new Set(other.members);
  return associationEvidence(
    tablesOf(
      restrictSample(sample, (record) => members.has(record)),
      condition,
    ),
  );
}
