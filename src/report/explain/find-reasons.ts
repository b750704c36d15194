import type { ExplanationTime } from "../../model/explain/explanation.ts";
import { bestPair, type Explained } from "./condition-pairs.ts";
import { membersOf, type Split } from "./conditions/candidate-splits.ts";
import { thresholdsAt } from "./conditions/thresholds.ts";
import type { StrataIndex } from "./strata-index.ts";
import { associationEvidence } from "./table-evidence.ts";
import { columnTables, sampleWithout, tablesOf, type TestSample } from "./test-sample.ts";
import { AS_GOOD, EXPLANATION_ALPHA, preferred, testSplits, type IsRestated, type TestedSplit } from "./test-splits.ts";

/** What reasons are looked for in. */
export interface ReasonInput {
  readonly index: StrataIndex;
  readonly sample: TestSample;
  /** How many exchanges with the cause count as one. */
  readonly inflation: number;
  /** By record. */
  readonly hasCause: readonly boolean[];
  readonly change: ExplanationTime["change"];
  readonly isRestated: IsRestated;
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
  const { index, sample, inflation, isRestated } = input;
  const tests = testSplits(index.columns, sample, inflation, isRestated);
  const [first] = tests.explaining;
  const found = bestPair(tests, sample, inflation);
  // Two conditions have to say more than one does.
  const pair = found === null || found.evidence < (first?.evidence ?? 0) + AS_GOOD ? null : found;
  const bar = Math.log(tests.tested / EXPLANATION_ALPHA);
  const reasons = pair === null ? [] : [pair];
  let left = pair === null ? sample : sampleWithout(sample, pair.members);
  const candidates = tests.explaining.slice(0, MAX_CANDIDATES).map((split) => ({
    split,
    reason: explainedBy(split, index.records.length),
  }));
  while (reasons.length < MAX_REASONS && (reasons.length === 0 || left.cases >= FEWEST_LEFT)) {
    const clear = candidates.flatMap(({ split, reason }) => {
      if (reasons.length === 0) return [{ ...split, reason }];
      if (reasons.some(({ splits }) => splits.some((known) => isNested(split, known)))) return [];
      const { all, met } = tablesOf(left, reason.members, reason.unknown);
      const evidence = associationEvidence(all, met) / inflation;
      return evidence < bar ? [] : [{ ...split, evidence, reason }];
    });
    const [next] = preferred(clear.toSorted((one, other) => other.evidence - one.evidence));
    if (next === undefined) break;
    const reason = atClearestLimit(next, next.reason, left, index.records.length);
    reasons.push(sinceChange(reason, input, bar));
    left = sampleWithout(left, reason.members);
  }
  return reasons;
}

/** Two ranges of one attribute are no two reasons; two values of it are. */
function isNested({ column, condition }: Split, known: Split): boolean {
  return column === known.column && !(condition.test === "equals" && known.condition.test === "equals");
}

function explainedBy(split: TestedSplit, records: number): Explained {
  const { column, evidence } = split;
  return { splits: [split], since: null, members: membersOf(split, records), unknown: column.unknown, evidence };
}

/** Of a threshold, the limit that divides the exchanges best: few are tested, and the best one can lie between them. */
function atClearestLimit(split: TestedSplit, reason: Explained, sample: TestSample, records: number): Explained {
  const { column, condition } = split;
  const limits = thresholdsAt(column).filter(({ test }) => test === condition.test);
  const splits = limits.map(({ test, value, from, to }) => ({
    ...split,
    condition: { ...condition, test, value },
    from,
    to,
  }));
  let best: { readonly split: TestedSplit; readonly evidence: number } | undefined;
  for (const [at, { all, met }] of columnTables(sample, { column, splits }).entries()) {
    const evidence = associationEvidence(all, met);
    const own = splits[at];
    if (own !== undefined && evidence > (best?.evidence ?? 0)) best = { split: own, evidence };
  }
  return best === undefined ? reason : explainedBy(best.split, records);
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

/** Nearly all exchanges that meet a reason have the cause. */
const NEARLY_ALL = 0.9;

/**
 * The reasons that explain a cause together, because nearly all exchanges that meet any of them have it.
 * @param reasons as found
 * @returns null unless the first reason is one of several
 */
export function alternativesOf(reasons: readonly Explained[], hasCause: readonly boolean[]): Explained | null {
  const isComplete = ({ members, since }: Explained): boolean =>
    since === null && members.filter((member) => hasCause[member] === true).length >= NEARLY_ALL * members.length;
  const first = reasons[0];
  const complete = reasons.filter(({ splits }) => splits.length === 1).filter(isComplete);
  if (first === undefined || complete[0] !== first || complete.length < 2) return null;
  return {
    splits: complete.flatMap(({ splits }) => splits),
    since: null,
    members: unionOf(complete.map(({ members }) => members)),
    unknown: unionOf(complete.map(({ unknown }) => unknown)),
    evidence: first.evidence,
  };
}

function unionOf(lists: readonly Uint32Array[]): Uint32Array {
  return Uint32Array.from(new Set(lists.flatMap((list) => [...list]))).sort();
}
