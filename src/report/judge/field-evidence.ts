import { memoizeLast } from "../../lib/memoize.ts";
import type { OutcomeRow, TimeBlock } from "../../store/store.ts";
import { blockEvidence, independentEvidence, type BlockEvidence } from "../statistics/block-evidence.ts";
import { seriesOf, type BlockSeries } from "../statistics/block-series.ts";
import { logMajorityEvidence } from "../statistics/e-values.ts";
import { sharedInflation, withInflation } from "../statistics/shared-inflation.ts";
import { comparedCounts } from "./accounting-totals.ts";
import { countFields, type FieldCounts } from "./field-counts.ts";

/**
 * The evidence that the candidate differs in a field more often than the secondary. With independent exchanges it is the bet of
 * `logMajorityEvidence`; bursts count as one event, and a late change is found from its start.
 * @param series pairs in which only the candidate, or only the secondary, differs
 */
export function fieldEvidence(series: BlockSeries): BlockEvidence {
  return blockEvidence(series, MORE_OFTEN);
}

const MORE_OFTEN = {
  evidenceOf: ({ first, second }: { readonly first: number; readonly second: number }) =>
    logMajorityEvidence(first, second),
  isSymmetric: true,
};

/**
 * The evidence of each discordant field of one endpoint, by `fieldKey`.
 * @param rows of the run
 * @param blocks the same by time; empty for runs of earlier versions, whose exchanges count as independent
 */
export function fieldEvidences(
  rows: readonly OutcomeRow[],
  blocks: readonly TimeBlock[],
): ReadonlyMap<string, BlockEvidence> {
  return evidencesOnce(rows, { blocks });
}

const evidencesOnce = memoizeLast(
  (
    rows: readonly OutcomeRow[],
    { blocks }: { readonly blocks: readonly TimeBlock[] },
  ): ReadonlyMap<string, BlockEvidence> => {
    const evidences = new Map<string, BlockEvidence>();
    const seriesByField = blocks.length === 0 ? null : fieldSeries(blocks);
    for (const [key, field] of countFields(rows)) {
      if (!isDiscordant(field)) continue;
      const series = seriesByField?.(key);
      evidences.set(key, series === undefined ? evidenceOfTotals(field) : fieldEvidence(series));
    }
    return evidences;
  },
);

function evidenceOfTotals({ rawOnlyInPairs: first, noiseOnlyInPairs: second }: FieldCounts): BlockEvidence {
  return independentEvidence(logMajorityEvidence(first, second), { first, second });
}

/** The evidences of a run's endpoints, given what the bursts of all of its fields have in common. */
export function shareInflation(
  all: readonly ReadonlyMap<string, BlockEvidence>[],
): readonly ReadonlyMap<string, BlockEvidence>[] {
  const shared = sharedInflation(all.flatMap((evidences) => [...evidences.values()]));
  return shared === 1 ? all : all.map((evidences) => inflateOnce(evidences, { shared }));
}

const inflateOnce = memoizeLast(
  (evidences: ReadonlyMap<string, BlockEvidence>, { shared }: { readonly shared: number }) =>
    new Map([...evidences].map(([key, evidence]) => [key, withInflation(shared, evidence)] as const)),
);

function isDiscordant({ rawOnlyInPairs, noiseOnlyInPairs }: FieldCounts): boolean {
  return rawOnlyInPairs + noiseOnlyInPairs > 0;
}

/** The counts of every discordant field in the blocks of one endpoint, by `fieldKey`. */
function fieldSeries(blocks: readonly TimeBlock[]): (key: string) => BlockSeries {
  const all = seriesOf(blocks, ({ outcomes }) => ({
    first: 0,
    second: 0,
    pairs: comparedCounts(outcomes).noiseCompared,
  }));
  const byField = new Map<string, { readonly first: number[]; readonly second: number[] }>();
  const paired = blocks.filter(({ outcomes }) => comparedCounts(outcomes).noiseCompared > 0);
  for (const [block, { outcomes }] of paired.entries()) {
    for (const [key, field] of countFields(outcomes)) {
      if (!isDiscordant(field)) continue;
      let counts = byField.get(key);
      if (counts === undefined) byField.set(key, (counts = { first: [...all.first], second: [...all.second] }));
      counts.first[block] = field.rawOnlyInPairs;
      counts.second[block] = field.noiseOnlyInPairs;
    }
  }
  return (key) => ({ ...all, ...byField.get(key) });
}
