import type { ExplanationTime } from "../../model/explain/explanation.ts";
import { bestPair, type Explained } from "./condition-pairs.ts";
import { membersOf } from "./conditions/candidate-splits.ts";
import type { StrataIndex } from "./strata-index.ts";
import { associationEvidence } from "./table-evidence.ts";
import { sampleWithout, tablesOf, type TestSample } from "./test-sample.ts";
import { EXPLANATION_ALPHA, testSplits, type TestedSplit } from "./test-splits.ts";

/** What reasons are looked for in. */
export interface ReasonInput {
  readonly index: StrataIndex;
  readonly sample: TestSample;
  /** How many exchanges with the cause count as one. */
  readonly inflation: number;
  /** By record. */
  readonly hasCause: readonly boolean[];
  readonly change: ExplanationTime["change"];
}

/** Listed at most. */
const MAX_REASONS = 5;
/** Looked at for more than the first reason, which most of them repeat. */
const MAX_CANDIDATES = 50;
/** With fewer cases left, there is nothing more to explain. */
const FEWEST_LEFT = 5;

/**
 * What exchanges with a cause have in common, strongest first: each reason explains exchanges that those before it do not. A
 * reason that holds only since the cause changed says so.
 */
export function findReasons(input: ReasonInput): readonly Explained[] {
  const { index, sample, inflation } = input;
  const tests = testSplits(index.columns, sample, inflation);
  const pair = bestPair(tests, sample, inflation);
  const bar = Math.log(tests.tested / EXPLANATION_ALPHA);
  const reasons = pair === null ? [] : [pair];
  let left = pair === null ? sample : sampleWithout(sample, pair.members);
  for (const single of tests.explaining.slice(0, MAX_CANDIDATES)) {
    if (reasons.length === MAX_REASONS || (reasons.length > 0 && left.cases < FEWEST_LEFT)) break;
    const reason = explainedBy(single, index.records.length);
    const { all, met } = tablesOf(left, reason.members, reason.unknown);
    if (reasons.length > 0 && associationEvidence(all, met) / inflation < bar) continue;
    reasons.push(sinceChange(reason, input, bar));
    left = sampleWithout(left, reason.members);
  }
  return reasons;
}

function explainedBy(split: TestedSplit, records: number): Explained {
  const { column, evidence } = split;
  return { splits: [split], since: null, members: membersOf(split, records), unknown: column.unknown, evidence };
}

/** Adds the moment of the change, if exchanges that meet the condition have the cause more often since then. */
function sinceChange(reason: Explained, { index, hasCause, change }: ReasonInput, bar: number): Explained {
  if (change === null || isEarlier(change)) return reason;
  const all = new Uint32Array(2);
  const met = new Uint32Array(2);
  const since: number[] = [];
  for (const member of reason.members) {
    const row = hasCause[member] === true ? 1 : 0;
    all[row] = (all[row] ?? 0) + 1;
    if ((index.records[member]?.at ?? 0) < change.at) continue;
    met[row] = (met[row] ?? 0) + 1;
    since.push(member);
  }
  if (associationEvidence(all, met) < bar) return reason;
  return { ...reason, since: change.at, members: Uint32Array.from(since) };
}

/** The cause was more frequent before the change. */
function isEarlier({ before, after }: NonNullable<ExplanationTime["change"]>): boolean {
  return before.count * after.compared > after.count * before.compared;
}
