import { ALPHA } from "../statistics/significance.ts";
import { evidenceBarOfMany } from "../statistics/e-values.ts";
import type { AttributeColumn } from "./conditions/attribute-columns.ts";
import type { ColumnSplits, Split } from "./conditions/candidate-splits.ts";
import { comparePreference } from "./conditions/condition-preference.ts";
import { columnTables, type TestSample } from "./test-sample.ts";
import { associationEvidence, mostEvidence } from "./table-evidence.ts";

/** A condition with the evidence that exchanges that meet it have the cause more often. */
export interface TestedSplit extends Split {
  /** ln E. */
  readonly evidence: number;
  /** It repeats the difference. */
  readonly isRestated: boolean;
}

/** Whether an attribute repeats the difference that it would explain. */
export type IsRestated = (condition: Split["condition"]) => boolean;

export interface SplitTests {
  /** How many conditions could have shown enough evidence, which is how many count. */
  readonly tested: number;
  /** Strongest first. */
  readonly ranked: readonly TestedSplit[];
  /** Those that explain the cause, strongest first. */
  readonly explaining: readonly TestedSplit[];
}

/** Single conditions and pairs have half of the false alarms each. */
export const EXPLANATION_ALPHA = ALPHA / 2;
/** Conditions with less evidence than the best one by so little are as good: 20 to 1. */
export const AS_GOOD = Math.log(20);
/** A condition of the request is as good as one of the response with this share of its evidence. */
const NEARLY_AS_GOOD = 0.9;
/** A condition that repeats the difference comes first only if it is so many times as clear as any other one. */
const CLEARER = 3;

/**
 * Tests every condition. Each attribute has the same share of the bet, however many values it has, and e-BH bounds the share of
 * false findings however they depend on each other. A condition that no distribution of its exchanges could make significant
 * is not counted.
 * @param inflation how many exchanges with the cause count as one
 */
export function testSplits(
  columns: readonly ColumnSplits[],
  sample: TestSample,
  inflation: number,
  isRestated: IsRestated,
): SplitTests {
  const candidates = columns.flatMap((column) => {
    const tables = columnTables(sample, column);
    return column.splits.flatMap((split, at) => {
      const own = tables[at];
      return own === undefined ? [] : [{ split, ...own, most: mostEvidence(own.all, own.met) / inflation }];
    });
  });
  candidates.sort((one, other) => other.most - one.most);
  const tested = candidates.slice(0, testable(candidates.map(({ most }) => most)));
  const perColumn = new Map<AttributeColumn, number>();
  for (const { split } of tested) perColumn.set(split.column, (perColumn.get(split.column) ?? 0) + 1);
  const found = tested.map(({ split, all, met }) => {
    const share = tested.length / (perColumn.size * (perColumn.get(split.column) ?? 1));
    const evidence = associationEvidence(all, met) / inflation;
    const named = bestName(split, isRestated);
    return { ...named, evidence, bet: evidence + Math.log(share), isRestated: isRestated(named.condition) };
  });
  const bar = evidenceBarOfMany(
    found.map(({ bet }) => bet),
    EXPLANATION_ALPHA,
  );
  const ranked = found.toSorted((one, other) => other.evidence - one.evidence);
  return { tested: tested.length, ranked, explaining: preferred(ranked.filter(({ bet }) => bet >= bar)) };
}

/** How many conditions count: the fewest such that no more could reach the bar of so many. @param most descending */
function testable(most: readonly number[]): number {
  let count = 0;
  while (count < most.length && (most[count] ?? 0) >= Math.log((count + 1) / EXPLANATION_ALPHA)) count += 1;
  return count;
}

/** Of conditions that the same records meet, the first that does not repeat the difference. */
function bestName(split: Split, isRestated: IsRestated): Split {
  return [split, ...split.synonyms].find(({ condition }) => !isRestated(condition)) ?? split;
}

/**
 * Puts the condition first that people can act on best among those that are as good as the best, and those that repeat the
 * difference last.
 * @param ranked descending
 */
export function preferred<Tested extends TestedSplit>(ranked: readonly Tested[]): readonly Tested[] {
  const [clearest] = ranked;
  if (clearest === undefined) return ranked;
  const others = ranked.filter(({ isRestated }) => !isRestated);
  const best = others.find(({ evidence }) => CLEARER * evidence >= clearest.evidence) ?? clearest;
  const asGood = ranked.filter((each) => each.isRestated === best.isRestated && isAsGood(each, best));
  const first = asGood.toSorted((one, other) => comparePreference(one.condition, other.condition))[0] ?? best;
  const rest = ranked.filter((each) => each !== first);
  return [first, ...rest.filter(({ isRestated }) => !isRestated), ...rest.filter(({ isRestated }) => isRestated)];
}

function isAsGood({ evidence, condition }: TestedSplit, best: TestedSplit): boolean {
  const isMoreActionable = isOfResponse(best.condition) && !isOfResponse(condition);
  return evidence >= best.evidence - Math.max(AS_GOOD, isMoreActionable ? (1 - NEARLY_AS_GOOD) * best.evidence : 0);
}

function isOfResponse({ source }: Split["condition"]): boolean {
  return source === "response" || source === "response-body";
}
