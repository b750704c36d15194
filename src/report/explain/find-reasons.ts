import type { Condition, ExplanationTime } from "../../model/explain/explanation.ts";
import { conditionWords } from "../../presentation/words/condition-words.ts";
import { bestPair, type Explained } from "./condition-pairs.ts";
import type { StrataIndex } from "./strata-index.ts";
import { associationEvidence } from "./table-evidence.ts";
import { restrictSample, tablesOf, type TestSample } from "./test-sample.ts";
import { EXPLANATION_ALPHA, testSplits } from "./test-splits.ts";

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
/** With fewer cases left, there is nothing more to explain. */
const FEWEST_LEFT = 5;

/**
 * What exchanges with a cause have in common, strongest first: each reason explains exchanges that those before it do not. A
 * reason that holds only since the cause changed says so.
 */
export function findReasons(input: ReasonInput): readonly Explained[] {
  const { index, sample, inflation } = input;
  const tests = testSplits(index.splits, sample, inflation);
  const pair = bestPair(tests, sample, inflation);
  const singles = tests.explaining.map((split) => ({ splits: [split], conditions: [split.condition], ...split }));
  const bar = Math.log(tests.tested / EXPLANATION_ALPHA);
  const reasons: Explained[] = [];
  let left = sample;
  for (const candidate of pair === null ? singles : [pair, ...singles]) {
    if (reasons.length === MAX_REASONS) break;
    if (reasons.length > 0 && associationEvidence(tablesOf(left, candidate)) / inflation < bar) continue;
    reasons.push(pair === null ? sinceChange(candidate, input, bar) : candidate);
    const members = new Set(candidate.members);
    left = restrictSample(left, (record) => !members.has(record));
    if (left.cases < FEWEST_LEFT) break;
  }
  return reasons;
}

/** Adds the moment of the change, if exchanges that meet the condition have the cause more often since then. */
function sinceChange(reason: Explained, { index, hasCause, change }: ReasonInput, bar: number): Explained {
  if (change === null || isEarlier(change)) return reason;
  const table = { cases: 0, controls: 0, casesWith: 0, controlsWith: 0 };
  const since: number[] = [];
  for (const member of reason.members) {
    const isSince = (index.records[member]?.at ?? 0) >= change.at;
    if (isSince) since.push(member);
    if (hasCause[member] === true) {
      table.cases += 1;
      if (isSince) table.casesWith += 1;
    } else {
      table.controls += 1;
      if (isSince) table.controlsWith += 1;
    }
  }
  if (associationEvidence([table]) < bar) return reason;
  const time: Omit<Condition, "words"> = { source: "time", name: "at", test: "above", value: change.at };
  return {
    ...reason,
    conditions: [...reason.conditions, { ...time, words: conditionWords(time) }],
    members: Uint32Array.from(since),
  };
}

/** The cause was more frequent before the change. */
function isEarlier({ before, after }: NonNullable<ExplanationTime["change"]>): boolean {
  return before.count * after.compared > after.count * before.compared;
}
