import { memoizeLast } from "../../lib/memoize.ts";
import type { FieldVerdict } from "../../model/report.ts";
import type { OutcomeRow, TimeBlock } from "../../store/store.ts";
import { seriesOf, type BlockSeries, type StretchCounts } from "../statistics/block-series.ts";
import { cachedFieldKey } from "./field-counts.ts";

/**
 * Whether primary and candidate differ at all. The fields of a set beyond the cap are unknown; `overflow` says whether the
 * candidate differed.
 */
export function isDiffering({ beyondCap, overflow, fields }: OutcomeRow): boolean {
  return beyondCap ? overflow : fields.some(({ mark }) => mark !== "noise");
}

/** Compared exchanges that count against parity. */
export interface ParityFindings {
  /** Primary and candidate differ in a field that is not noise, or in unknown fields: these block a pass. */
  readonly counting: number;
  /** Counting exchanges that differ in a real field: these make a failure. */
  readonly proven: number;
  /** Counting exchanges with unknown fields, whose known fields are all noise. */
  readonly unknown: number;
}

/**
 * Counts the exchanges that speak against parity. Those with unknown fields (a set beyond the cap, or more differences than are
 * listed) count, so that no cap can hide a regression. Those with a likely field count too, but prove no regression: a noisy
 * field is `likely` until the secondary shows it for the first time, and an early report must not fail because of it.
 * @param verdicts of the fields of this endpoint, by `fieldKey`
 */
export function countAgainstParity(
  rows: readonly OutcomeRow[],
  verdicts: ReadonlyMap<string, FieldVerdict>,
): ParityFindings {
  let [counting, proven, unknown] = [0, 0, 0];
  for (const row of rows) {
    if (!isDiffering(row)) continue;
    let [isReal, isLikely] = [false, false];
    for (const field of row.fields) {
      if (field.mark === "noise") continue;
      const verdict = verdicts.get(cachedFieldKey(field)) ?? "real";
      isReal ||= verdict === "real";
      isLikely ||= verdict === "likely";
    }
    const counts = isReal || isLikely;
    if (counts || row.overflow) counting += row.count;
    if (isReal) proven += row.count;
    if (!counts && row.overflow) unknown += row.count;
  }
  return { counting, proven, unknown };
}

/**
 * The proven differences of an endpoint by time, as the first side of a series.
 * @param verdicts of the fields of this endpoint, by `fieldKey`
 */
export function provenOverTime(blocks: readonly TimeBlock[], verdicts: ReadonlyMap<string, FieldVerdict>): BlockSeries {
  const keys = [...verdicts].filter(([, verdict]) => verdict !== "real").map(([key]) => key);
  const unproven = keys.join(SEPARATOR);
  return seriesOf(blocks, ({ outcomes }) => provenIn(outcomes, { unproven }));
}

/** Between `fieldKey`s, which contain line ends. */
const SEPARATOR = "\0";

/** Only the newest blocks change, and verdicts seldom do. @param unproven keys of the fields that are not real, as one text */
const provenIn = memoizeLast(
  (rows: readonly OutcomeRow[], { unproven }: { readonly unproven: string }): StretchCounts => {
    const excused = new Set(unproven.split(SEPARATOR));
    let [first, pairs] = [0, 0];
    for (const { fields, count } of rows) {
      pairs += count;
      if (fields.some((field) => field.mark !== "noise" && !excused.has(cachedFieldKey(field)))) first += count;
    }
    return { first, second: 0, pairs };
  },
);

/**
 * Adds the excess of features inside noise to what is proven: the responses with a feature that noise does not explain, as many
 * as there are beyond the secondary's. Which responses those are is unknown, so they are assumed to differ in nothing else.
 * @param excess over pairs, scaled to all compared exchanges
 */
export function withExcess(findings: ParityFindings, excess: BlockSeries, totals: ComparedTotals): ParityFindings {
  const { compared, noiseCompared } = totals;
  const found = excess.first.reduce((sum, count) => sum + count, 0) * (compared / Math.max(1, noiseCompared));
  if (found === 0) return findings;
  const more = (count: number): number => Math.min(compared, count + Math.round(found));
  return { ...findings, counting: more(findings.counting), proven: more(findings.proven) };
}

type ComparedTotals = { readonly compared: number; readonly noiseCompared: number };

/** Adds an excess to the proven differences over time; its blocks are among theirs. */
export function addExcess(proven: BlockSeries, excess: BlockSeries): BlockSeries {
  if (excess.pairs.length === 0) return proven;
  const blockOf = new Map(excess.startedAt.map((startedAt, block) => [startedAt, block]));
  const first = proven.first.map((count, at) => {
    const block = blockOf.get(proven.startedAt[at] ?? 0);
    if (block === undefined) return count;
    const [compared, pairs] = [proven.pairs[at] ?? 0, excess.pairs[block] ?? 1];
    return Math.min(compared, count + ((excess.first[block] ?? 0) * compared) / pairs);
  });
  return { ...proven, first };
}
