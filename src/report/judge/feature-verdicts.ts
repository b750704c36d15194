import { memoizeLast, memoizePerObject } from "../../lib/memoize.ts";
import type { FeatureCount } from "../../model/difference.ts";
import type { FeatureReport, FieldVerdict } from "../../model/report.ts";
import type { TimeBlock } from "../../store/store.ts";
import { featureWords } from "../../presentation/words/feature-words.ts";
import { NO_SERIES, seriesOf, type BlockSeries } from "../statistics/block-series.ts";
import { evidenceBarOfMany, logMajorityEvidence } from "../statistics/e-values.ts";
import { FEATURE_ALPHA } from "../statistics/significance.ts";
import { comparedCounts } from "./accounting-totals.ts";
import { fieldEvidence } from "./field-evidence.ts";
import type { FieldCounts } from "./field-counts.ts";

/** The features of one endpoint that only the candidate, or hardly ever the candidate, has: changes inside noise. */
export interface EndpointFeatures {
  /** The real features of each field, by `fieldKey`, clearest first. Fields without any are left out. */
  readonly byField: ReadonlyMap<string, readonly FeatureReport[]>;
  /** How often they are the candidate's beyond what the secondary shows, over time, by `fieldKey`. */
  readonly excess: ReadonlyMap<string, BlockSeries>;
}

export const NO_FEATURES: EndpointFeatures = { byField: new Map(), excess: new Map() };

/** The counts of an endpoint's fields, in total and by time. */
export interface CountedEndpoint {
  readonly fields: ReadonlyMap<string, FieldCounts>;
  readonly blocks: readonly TimeBlock[];
}

interface Judged {
  readonly counts: Pick<FeatureCount, "section" | "path" | "feature" | "candidateOnly" | "secondaryOnly">;
  /** Pairs that have the feature on the side on which it is more frequent, or less often than the other. */
  readonly series: BlockSeries;
  readonly evidence: number;
}

/**
 * Finds changes inside noise: features of values that candidate and secondary do not show equally often. The evidence is that of
 * fields, for the side that shows a feature more often: a value that is `gold` too rarely is as wrong as one that is too often.
 *
 * All features of a run are judged together by e-BH, with a share of α of their own: there are several for each field, and fields
 * must not need more evidence because of them. A feature with so few pairs that it could not reach 1/α however they fell is no
 * hypothesis (Tarone 1990); the number of its pairs says nothing about the side on which they fall.
 * @returns the features of each endpoint, in the same order
 */
export function judgeFeatures(endpoints: readonly CountedEndpoint[]): readonly EndpointFeatures[] {
  const judged = endpoints.map(({ blocks }) => featuresOf(blocks));
  const bar = evidenceBarOfMany(
    judged.flatMap((own) => own.map(({ evidence }) => evidence)),
    FEATURE_ALPHA,
  );
  return endpoints.map(({ fields }, at) => realFeatures(fields, { judged: judged[at] ?? [], bar }));
}

/** The least evidence of a real feature, ln E; half of the bet is on either side. */
const LEAST_BAR = Math.log(2 / FEATURE_ALPHA);

const featuresOf = memoizePerObject((blocks: readonly TimeBlock[]): readonly Judged[] => {
  const totals = new Map<string, Judged["counts"] & { readonly blocks: Map<TimeBlock, FeatureCount> }>();
  for (const block of blocks) {
    for (const count of block.features) {
      if (count.path === "") continue;
      const { section, path, feature } = count;
      const key = `${section}\n${path}\n${feature}`;
      const known = totals.get(key);
      const candidateOnly = (known?.candidateOnly ?? 0) + count.candidateOnly;
      const secondaryOnly = (known?.secondaryOnly ?? 0) + count.secondaryOnly;
      const byBlock = known?.blocks ?? new Map<TimeBlock, FeatureCount>();
      totals.set(key, { section, path, feature, candidateOnly, secondaryOnly, blocks: byBlock.set(block, count) });
    }
  }
  return [...totals.values()].flatMap(({ blocks: byBlock, ...counts }) => {
    if (logMajorityEvidence(counts.candidateOnly + counts.secondaryOnly, 0) < LEAST_BAR) return [];
    const isMore = counts.candidateOnly >= counts.secondaryOnly;
    const series = seriesOf(blocks, (block) => {
      const own = byBlock.get(block);
      const [candidateOnly, secondaryOnly] = [own?.candidateOnly ?? 0, own?.secondaryOnly ?? 0];
      return {
        first: isMore ? candidateOnly : secondaryOnly,
        second: isMore ? secondaryOnly : candidateOnly,
        pairs: comparedCounts(block.outcomes).noiseCompared,
      };
    });
    return [{ counts, series, evidence: fieldEvidence(series).evidence - Math.LN2 }];
  });
});

const realFeatures = memoizeLast(
  (
    fields: ReadonlyMap<string, FieldCounts>,
    { judged, bar }: { readonly judged: readonly Judged[]; readonly bar: number },
  ): EndpointFeatures => {
    const real = judged.filter(({ evidence }) => evidence >= bar).toSorted((a, b) => b.evidence - a.evidence);
    if (real.length === 0) return NO_FEATURES;
    const byLocation = Map.groupBy(real, ({ counts }) => `${counts.section}\n${counts.path}`);
    const [byField, excess] = [new Map<string, readonly FeatureReport[]>(), new Map<string, BlockSeries>()];
    for (const [key, { section, path, raw, noise }] of fields) {
      const own = raw + noise === 0 ? undefined : byLocation.get(`${section}\n${path}`);
      if (own === undefined) continue;
      byField.set(key, own.map(featureReport));
      excess.set(key, mostFrequentExcess(own));
    }
    return { byField, excess };
  },
);

function featureReport({ counts, evidence }: Judged): FeatureReport {
  const { feature, candidateOnly, secondaryOnly } = counts;
  return { feature, words: featureWords(feature), candidateOnly, secondaryOnly, evidence };
}

/**
 * The pairs of one side beyond those of the other, of the feature with the most: features of one field show the same change, so
 * their sum would count it several times.
 */
function mostFrequentExcess(features: readonly Judged[]): BlockSeries {
  const excesses = features.map(({ series }) => excessOf(series));
  return excesses.reduce((most, series) => (sum(series.first) > sum(most.first) ? series : most));
}

/** Each block has its share of the excess of the run: a difference of counts may be negative in a short block. */
function excessOf({ first, second, ...series }: BlockSeries): BlockSeries {
  const share = Math.max(0, 1 - sum(second) / Math.max(1, sum(first)));
  return { ...series, first: first.map((count) => count * share), second: second.map(() => 0) };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

/**
 * The verdicts of fields together with those of their features: a field with a real feature is `real`, even if its differences
 * are noise.
 */
export function withFeatures(
  verdicts: ReadonlyMap<string, FieldVerdict>,
  features: EndpointFeatures,
): ReadonlyMap<string, FieldVerdict> {
  return features === NO_FEATURES ? verdicts : mergeVerdicts(verdicts, { features });
}

const mergeVerdicts = memoizeLast(
  (verdicts: ReadonlyMap<string, FieldVerdict>, { features }: { readonly features: EndpointFeatures }) =>
    new Map([...verdicts].map(([key, verdict]) => [key, features.byField.has(key) ? "real" : verdict] as const)),
);

/**
 * The features where no field is real without them: a value that became a number explains its features, and the same responses must
 * not count twice.
 */
export function unexplainedFeatures(
  own: ReadonlyMap<string, FieldVerdict>,
  features: EndpointFeatures,
): EndpointFeatures {
  return features === NO_FEATURES ? features : unexplained(own, { features });
}

const unexplained = memoizeLast(
  (own: ReadonlyMap<string, FieldVerdict>, { features }: { readonly features: EndpointFeatures }): EndpointFeatures => {
    const explained = new Set([...own].flatMap(([key, verdict]) => (verdict === "real" ? [locationOf(key)] : [])));
    const isOpen = ([key]: readonly [string, unknown]): boolean => !explained.has(locationOf(key));
    const byField = new Map([...features.byField].filter(isOpen));
    return byField.size === 0 ? NO_FEATURES : { byField, excess: new Map([...features.excess].filter(isOpen)) };
  },
);

/** Section and path of a `fieldKey`. */
function locationOf(key: string): string {
  return key.slice(0, key.lastIndexOf("\n"));
}

/** What counts against parity: whole differences by the first, and the excess of features. */
export interface CountedVerdicts {
  readonly verdicts: ReadonlyMap<string, FieldVerdict>;
  /** Fractions of a response, as the first side. */
  readonly excess: BlockSeries;
}

/**
 * Separates what counts against parity: of a field that is real only because of its features, the noise stays noise, and the
 * excess of the features counts. Of several such fields, only the one with the largest excess: they may differ in the same
 * responses.
 * @param own the verdicts of the fields without their features
 * @param effective those that count, after reviews
 */
export function separateFeatures(
  effective: ReadonlyMap<string, FieldVerdict>,
  own: ReadonlyMap<string, FieldVerdict>,
  features: EndpointFeatures,
): CountedVerdicts {
  return features === NO_FEATURES ? { verdicts: effective, excess: NO_SERIES } : separate(effective, { own, features });
}

const separate = memoizeLast(
  (
    effective: ReadonlyMap<string, FieldVerdict>,
    { own, features }: { readonly own: ReadonlyMap<string, FieldVerdict>; readonly features: EndpointFeatures },
  ): CountedVerdicts => {
    const verdicts = new Map(effective);
    let excess = NO_SERIES;
    for (const [key, series] of features.excess) {
      const verdict = own.get(key);
      if (effective.get(key) !== "real" || verdict === undefined || verdict === "real") continue;
      verdicts.set(key, verdict);
      if (sum(series.first) > sum(excess.first)) excess = series;
    }
    return { verdicts, excess };
  },
);
