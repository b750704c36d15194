import { unreachable } from "../../lib/unreachable.ts";
import type { AttributeRecord } from "../../model/explain/attribute.ts";
import type { ConditionCount, Explanation, ExplanationKind } from "../../model/explain/explanation.ts";
import type { Mark } from "../../model/explain/mark.ts";
import { alwaysSentence, evenSentence, tooFewSentence } from "../../presentation/words/explanation-words.ts";
import { burstInflation } from "./burst-inflation.ts";
import { findChangePoint, type CauseBlock, type ChangePoint } from "./change-point.ts";
import { describeFinding } from "./describe-finding.ts";
import { explainTime } from "./explain-time.ts";
import { alternativesOf, findReasons } from "./find-reasons.ts";
import { restatedBy } from "./restated-attributes.ts";
import type { StrataIndex } from "./strata-index.ts";
import { drawTestSample, type TestSample } from "./test-sample.ts";

/** What is known about one cause on one endpoint. */
export interface CauseInput {
  readonly signature: string;
  readonly endpoint: string;
  readonly route: string;
  /** Of the endpoint; the same for all of its causes. */
  readonly index: StrataIndex;
  /** Whether one of the fields in which the candidate differs belongs to the cause. */
  readonly hasCause: (record: AttributeRecord) => boolean;
  /** Exchanges of the endpoint with the cause, and all compared ones; exact. */
  readonly total: ConditionCount;
  /** The same over time, in order; empty if unknown. */
  readonly blocks: readonly CauseBlock[];
  /** Of the run, oldest first. */
  readonly marks: readonly Mark[];
}

/** Fewer kept exchanges with or without the cause cannot show a reason. */
const FEWEST = 5;
/** With fewer of them, finding no reason does not mean that there is none. */
const ENOUGH_TO_DENY = 20;
/** So many exchanges of a burst count as one that a cause does not hit requests at random. */
const BURSTY = 2;
/** Nearly all exchanges have the cause. */
const NEARLY_ALL = 0.99;

/**
 * Why a cause shows on one endpoint, as far as the attributes of its exchanges tell. The cost grows with the kept exchanges times
 * their attributes, never with traffic: milliseconds, so callers keep the result as long as its input does not change.
 */
export function explainCause(input: CauseInput): Explanation {
  const { signature, endpoint, route, index, total, blocks, marks } = input;
  const { records } = index;
  const hasCause = records.map(input.hasCause);
  const change = findChangePoint(blocks);
  const time = explainTime({ change, blocks, marks, records, hasCause });
  const sample = drawTestSample(index, hasCause, change?.block ?? null);
  const isTestable = sample.cases >= FEWEST && sample.controls >= FEWEST;
  const bursts = burstInflation(changeStretches(blocks, change));
  const inflation = sampledInflation(bursts, sample, total);
  const isRestated = restatedBy(records, hasCause, input.hasCause);
  const found = { index, sample, inflation, hasCause, change: time.change, isRestated };
  const reasons = isTestable ? findReasons(found) : [];
  const counted = { index, hasCause, total };
  const findings = reasons.map((reason) => describeFinding(reason, counted));
  const together = alternativesOf(reasons, hasCause);
  const sentence = together === null ? findings[0]?.sentence : describeFinding(together, counted, "or").sentence;
  const cases = hasCause.filter(Boolean).length;
  const kind = kindOf(findings.length > 0, time.change !== null, sample, total);
  return {
    signature,
    endpoint,
    route,
    kind,
    sentence: sentenceOf(kind, {
      sentence,
      time,
      total,
      attributes: index.columns.length,
      cut: index.cut,
      isBursty: bursts >= BURSTY,
      sample,
    }),
    findings,
    time,
    total,
    basis: {
      cases,
      controls: records.length - cases,
      attributes: index.columns.length,
      values: index.columns.reduce((sum, { splits }) => sum + splits.length, 0),
      cut: index.cut,
    },
  };
}

/** Bursts of which only a part was kept clump less. */
function sampledInflation(bursts: number, { cases }: TestSample, { count }: ConditionCount): number {
  return 1 + (bursts - 1) * Math.min(1, cases / Math.max(1, count));
}

/** The blocks before a change and after it; the one with the change belongs to neither. */
function changeStretches(
  blocks: readonly CauseBlock[],
  change: ChangePoint | null,
): readonly (readonly CauseBlock[])[] {
  if (change === null) return [blocks];
  const at = blocks.indexOf(change.block);
  return [blocks.slice(0, at), blocks.slice(at + 1)];
}

function kindOf(
  hasFinding: boolean,
  hasChange: boolean,
  { cases, controls }: TestSample,
  { count, compared }: ConditionCount,
): ExplanationKind {
  if (hasFinding) return "condition";
  if (hasChange) return "time";
  if (count > 0 && count >= NEARLY_ALL * compared) return "always";
  return Math.min(cases, controls) < ENOUGH_TO_DENY ? "too-few" : "even";
}

function sentenceOf(
  kind: ExplanationKind,
  {
    sentence,
    time,
    total,
    attributes,
    cut,
    isBursty,
    sample,
  }: Pick<Explanation, "time" | "total"> & {
    readonly sentence: string | undefined;
    readonly attributes: number;
    readonly cut: StrataIndex["cut"];
    readonly isBursty: boolean;
    readonly sample: TestSample;
  },
): string {
  switch (kind) {
    case "condition":
      return sentence ?? "";
    case "time":
      return time.sentence ?? "";
    case "always":
      return alwaysSentence(total);
    case "even":
      return evenSentence(attributes, total, { cut, isBursty });
    case "too-few":
      return tooFewSentence(sample, total);
    default:
      return unreachable(kind);
  }
}
