import type { Condition, ConditionCount, ExplanationFinding } from "../../model/explain/explanation.ts";
import { conditionWords } from "../../presentation/words/condition-words.ts";
import { findingSentence } from "../../presentation/words/explanation-words.ts";
import type { Explained } from "./condition-pairs.ts";
import { riskRatio, type SampledShare } from "./risk-ratio.ts";
import type { StrataIndex } from "./strata-index.ts";

/** What is known about the exchanges of an endpoint. */
export interface CountedExchanges {
  readonly index: StrataIndex;
  readonly hasCause: readonly boolean[];
  /** Exact. */
  readonly total: ConditionCount;
}

/** Counts, risk ratio and sentence of what explains a cause. @param join whether all conditions have to be met, or one of them */
export function describeFinding(
  explained: Explained,
  counted: CountedExchanges,
  join: "and" | "or" = "and",
): ExplanationFinding {
  const { cases, controls, isExact } = estimateShares(explained, counted);
  const { total } = counted;
  const count = Math.round(cases.met);
  const met: ConditionCount = { count, compared: count + Math.round(controls.met) };
  const others: ConditionCount = { count: total.count - met.count, compared: total.compared - met.compared };
  const { evidence, splits, since } = explained;
  const conditions = [
    ...splits.map(({ condition }) => condition),
    ...(since === null ? [] : [sinceCondition(since)]),
  ].map((condition) => ({ ...condition, words: conditionWords(condition) }));
  return {
    conditions,
    with: met,
    without: others,
    isExact,
    riskRatio: riskRatio(cases, controls),
    evidence,
    sentence: findingSentence({
      join,
      conditions,
      values: splits.map(({ column }) => column.values.length),
      with: met,
      without: others,
      isExact,
    }),
  };
}

function sinceCondition(moment: number): Omit<Condition, "words"> {
  return { source: "time", name: "at", test: "above", value: moment };
}

interface Cell {
  records: number;
  known: number;
  met: number;
}

/** Each kept exchange stands for the exchanges of its stratum that were not kept. */
function estimateShares(
  { members, unknown }: Pick<Explained, "members" | "unknown">,
  { index, hasCause, total }: CountedExchanges,
): { readonly cases: SampledShare; readonly controls: SampledShare; readonly isExact: boolean } {
  const cells = index.strata.map((): readonly [Cell, Cell] => [newCell(), newCell()]);
  const cellOf = (record: number): Cell | undefined =>
    cells[index.stratumOf[record] ?? 0]?.[hasCause[record] === true ? 1 : 0];
  for (let record = 0; record < index.records.length; record++) {
    const cell = cellOf(record);
    if (cell === undefined) continue;
    cell.records += 1;
    cell.known += 1;
  }
  for (const record of unknown) {
    const cell = cellOf(record);
    if (cell !== undefined) cell.known -= 1;
  }
  for (const record of members) {
    const cell = cellOf(record);
    if (cell !== undefined) cell.met += 1;
  }
  const share = (role: 0 | 1, all: number): SampledShare => {
    let [weight, met, variance] = [0, 0, 0];
    for (const [at, pair] of cells.entries()) {
      const { records, known, met: own } = pair[role];
      if (known === 0) continue;
      const exchanges = ((index.strata[at]?.total ?? 0) * records) / (pair[0].records + pair[1].records);
      weight += exchanges;
      met += (exchanges * own) / known;
      variance += exchanges ** 2 / known;
    }
    if (weight === 0) return { total: all, met: 0, effective: 1 };
    return { total: all, met: Math.min(all, (met / weight) * all), effective: weight ** 2 / variance };
  };
  const isExact = unknown.length === 0 && index.strata.every(({ records, total: own }) => records.length === own);
  return { cases: share(1, total.count), controls: share(0, total.compared - total.count), isExact };
}

function newCell(): Cell {
  return { records: 0, known: 0, met: 0 };
}
