import { memoizeLast } from "../../lib/memoize.ts";
import type { DiffyNumbers, FieldReport, FieldVerdict } from "../../model/report.ts";
import { endpointKey } from "../../presentation/order/endpoint-order.ts";
import type { OutcomeRow, PerEndpoint, TimeBlock } from "../../store/store.ts";
import { independentEvidence, type BlockEvidence } from "../statistics/block-evidence.ts";
import { evidenceBarOfMany } from "../statistics/e-values.ts";
import { hiddenChange } from "../statistics/hidden-change.ts";
import { countFields, fieldKey, pairingOf, type FieldCounts, type Pairing } from "./field-counts.ts";
import { fieldEvidences, shareInflation } from "./field-evidence.ts";
import type { Relation } from "../../model/difference.ts";
import type { FieldRelations } from "../causes/field-relations.ts";
import { fieldsBeyondNoise } from "./unpaired-fields.ts";
import {
  judgeFeatures,
  NO_FEATURES,
  unexplainedFeatures,
  withFeatures,
  type EndpointFeatures,
} from "./feature-verdicts.ts";

/** The differing fields of one endpoint, with the verdict of each. */
export interface EndpointFields {
  readonly route: string;
  readonly endpoint: string;
  readonly outcomes: readonly OutcomeRow[];
  /** The same counts by time; empty for runs of earlier versions. */
  readonly blocks: readonly TimeBlock[];
  /** By `fieldKey`. */
  readonly fields: ReadonlyMap<string, FieldCounts>;
  /** Of the discordant fields, by `fieldKey`. */
  readonly evidences: FieldEvidences;
  readonly features: EndpointFeatures;
  /** What the counts say about each field without its features, by `fieldKey`. */
  readonly ownVerdicts: ReadonlyMap<string, FieldVerdict>;
  /** The same together with the features of its values. */
  readonly verdicts: ReadonlyMap<string, FieldVerdict>;
  /** What each field counts as after reviews: `noise` if its cause was accepted, `real` if it was denied. By `fieldKey`. */
  readonly effective: ReadonlyMap<string, FieldVerdict>;
}

/** The differing fields of a run. */
export interface RunFields {
  /** The evidence that makes a field real: ln E. */
  readonly bar: number;
  readonly endpoints: readonly EndpointFields[];
}

export type FieldEvidences = ReadonlyMap<string, BlockEvidence>;

/**
 * Judges every field of a run by its counts; reviews are not considered yet.
 * @param blocks the same counts by time; without those of an endpoint, its exchanges count as independent
 * @param relations that explain fields, by `endpointKey`: a state that lags is noise if the secondary shows it too, because how
 *   far two copies are behind is no change; without a secondary, some relations cannot be noise
 */
export function judgeRunFields(
  outcomes: readonly PerEndpoint<readonly OutcomeRow[]>[],
  blocks: readonly PerEndpoint<readonly TimeBlock[]>[],
  relations: ReadonlyMap<string, FieldRelations> = NO_RELATIONS,
): RunFields {
  const blocksOf = new Map(blocks.map((each) => [endpointKey(each), each.rows]));
  const known = outcomes.map(({ route, endpoint, rows }) => {
    const key = endpointKey({ route, endpoint });
    const [own, related] = [blocksOf.get(key) ?? NO_BLOCKS, relations.get(key) ?? NONE_EXPLAINED];
    return { route, endpoint, outcomes: rows, blocks: own, fields: countFields(rows), relations: related };
  });
  const evidencesOf = shareInflation(known.map((each) => fieldEvidences(each.outcomes, each.blocks)));
  const counted = known.map((each, at) => ({ ...each, evidences: evidencesOf[at] ?? NO_EVIDENCES }));
  const bar = realFieldBar(counted.map((each) => hypotheses(each.evidences, each.relations)));
  const featuresOf = judgeFeatures(counted);
  const endpoints = counted.map(({ relations: own, ...each }, at): EndpointFields => {
    const pairing = pairingOf(each.outcomes);
    const beyondNoise = pairing.any && pairing.body ? NOTHING_BEYOND : fieldsBeyondNoise({ ...each, relations: own });
    const ownVerdicts = judgeFields(each.fields, each.evidences, pairing, bar, { relations: own, beyondNoise });
    const features = unexplainedFeatures(ownVerdicts, featuresOf[at] ?? NO_FEATURES);
    const verdicts = withFeatures(ownVerdicts, features);
    return { ...each, features, ownVerdicts, verdicts, effective: verdicts };
  });
  return { bar, endpoints };
}

const NO_RELATIONS: ReadonlyMap<string, FieldRelations> = new Map();
const NONE_EXPLAINED: FieldRelations = new Map();
const NOTHING_BEYOND: ReadonlySet<string> = new Set();
const NO_CONTEXT: FieldContext = { relations: NONE_EXPLAINED, beyondNoise: NOTHING_BEYOND };

const NO_BLOCKS: readonly TimeBlock[] = [];

/**
 * How much evidence makes a field of this run real, so that at most 5% of all real fields are false, and a candidate without
 * any change has a real field in at most 5% of all runs: e-BH over the fields of all endpoints, because a person reads all of
 * them and one field decides the run.
 *
 * Only fields with a discordant pair count as hypotheses. The others have E = 1 and cannot be rejected. The first discordant
 * pair leaves E at 1 on average, so being counted says nothing, and leaving the others out is fair.
 * @param evidences of the discordant fields of each endpoint
 * @returns ln E; infinite if no field has enough
 */
export function realFieldBar(evidences: readonly FieldEvidences[]): number {
  return evidenceBarOfMany(evidences.flatMap((own) => [...own.values()].map(({ evidence }) => evidence)));
}

/** What else is known about the differences of an endpoint. */
export interface FieldContext {
  readonly relations: FieldRelations;
  /** The `fieldKey`s that noise cannot explain where no pair could show them. */
  readonly beyondNoise: ReadonlySet<string>;
}

/**
 * Decides for each field of an endpoint whether the candidate causes its differences.
 *
 * - `real` for `transport`: a failed secondary makes no pair, so it can never explain a failing candidate.
 * - If no pair of this endpoint could show the field, how much the service varies without a change is unknown: `real` if noise cannot
 *   explain the differences (`fieldsBeyondNoise`), else `likely`. Nothing is excused, and nothing is proven.
 * - `real` if the candidate alone differs more often than the secondary alone, with the evidence that the bar requires (20 to 1
 *   for a single field). Only pairs are evidence; exchanges without a secondary follow the verdict of the pairs.
 * - `noise` if the secondary was seen to differ here too, and the field is not real, or the two differ by the moment only.
 * - `likely` if there are pairs and none showed noise here, but the evidence is still thin; or if the candidate clearly differs
 *   more often, but all within too short a time to tell a change from a burst; or if the difference belongs to a server: a
 *   self-check asks the same server twice, and the copies of a state may be refreshed together. It counts against parity like
 *   `real`: a difference is not excused before noise was observed.
 *
 * The kind is part of the field, so that a timestamp that always differs in `value` does not excuse a candidate that drops it
 * (`missing`) or sends it as a number (`type`). Only `missing` and `extra` excuse each other: an optional field that comes and
 * goes at random shows as either, depending on which response has it. Their evidence stays separate: a candidate that always
 * lacks an optional field differs as `missing` more often, and as `extra` less often, than at random.
 *
 * @param bar of `realFieldBar`, over the fields of the whole run
 * @returns by `fieldKey`
 */
export function judgeFields(
  fields: ReadonlyMap<string, FieldCounts>,
  evidences: FieldEvidences,
  { any, body }: Pairing,
  bar: number,
  { relations, beyondNoise }: FieldContext = NO_CONTEXT,
): ReadonlyMap<string, FieldVerdict> {
  return judgeFieldsOnce(fields, { evidences, any, body, bar, relations, beyondNoise });
}

const judgeFieldsOnce = memoizeLast(
  (
    fields: ReadonlyMap<string, FieldCounts>,
    {
      evidences,
      bar,
      relations,
      beyondNoise,
      ...pairing
    }: Pairing & FieldContext & { readonly evidences: FieldEvidences; readonly bar: number },
  ): ReadonlyMap<string, FieldVerdict> => {
    const noisy = new Set<string>();
    for (const [key, field] of fields) if (field.noise > 0) noisy.add(noiseClass(key, field));
    const judge = (key: string, field: FieldCounts): FieldVerdict => {
      if (field.kind === "transport") return "real";
      const hasPairs = field.section === "body" ? pairing.body : pairing.any;
      if (!hasPairs) return beyondNoise.has(key) ? "real" : "likely";
      const relation = relations.get(key);
      if (field.noise > 0 && isOfMoment(relation)) return "noise";
      const own = evidences.get(key) ?? NO_EVIDENCE;
      if (own.evidence >= bar) return isOfServer(relation) ? "likely" : "real";
      return !own.isUnclear && noisy.has(noiseClass(key, field)) ? "noise" : "likely";
    };
    const verdicts = new Map<string, FieldVerdict>();
    for (const [key, field] of fields) verdicts.set(key, judge(key, field));
    return verdicts;
  },
);

/**
 * Whether the difference is one of moments: a state that is refreshed now or then, or a clock that is read now or then. How often two
 * copies share a millisecond depends on the machine; a time that is wrong shows in its distance from now, which is a feature.
 */
function isOfMoment(relation: Relation | undefined): boolean {
  return relation === "lagging" || relation === "both-times" || relation === "time-shift";
}

/** Fields that are never called real are no hypotheses: their evidence must not lower the bar for others. */
function hypotheses(evidences: FieldEvidences, relations: FieldRelations): FieldEvidences {
  const isOne = ([key, { total }]: readonly [string, BlockEvidence]): boolean => {
    const relation = relations.get(key);
    return !isOfServer(relation) && !(total.second > 0 && isOfMoment(relation));
  };
  return relations.size === 0 ? evidences : new Map([...evidences].filter(isOne));
}

/** Whether the difference belongs to a server and its moment: another server of the primary's version may show it too. */
export function isOfServer(relation: Relation | undefined): boolean {
  return relation === "instance" || relation === "counting" || relation === "lagging";
}

/**
 * Noise in one field is noise in all fields of its class: `missing` and `extra` at the same path; and server errors instead of
 * the same status, because a proxy in front of a failing instance sends 502, 503 or 504 as it happens.
 */
function noiseClass(key: string, { section, path, kind }: FieldCounts): string {
  if (section === "status") return key.replace(/->5\d\d/, "->5xx");
  return kind === "extra" ? fieldKey({ section, path, kind: "missing" }) : key;
}

/** The part of a field's report that its own counts give. */
export type JudgedField = Omit<FieldReport, "relation" | "rule" | "cause">;

const SEVERITY: Readonly<Record<FieldVerdict, number>> = { real: 2, likely: 1, noise: 0 };

/**
 * The fields of one endpoint as a report lists them, by severity and frequency.
 * @param totals compared exchanges of the endpoint, and those with a secondary response
 * @param features that are real
 * @returns by `fieldKey`
 */
export function reportFields(
  fields: ReadonlyMap<string, FieldCounts>,
  evidences: FieldEvidences,
  verdicts: ReadonlyMap<string, FieldVerdict>,
  totals: ExchangeTotals,
  features = NO_FEATURES,
): ReadonlyMap<string, JudgedField> {
  const judged = [...fields].map(([key, field]) => {
    const verdict = verdicts.get(key) ?? "real";
    const own = { ...(evidences.get(key) ?? NO_EVIDENCE), verdict, features: features.byField.get(key) ?? [] };
    return [key, reportField(field, totals, own)] as const;
  });
  return new Map(
    judged.sort(
      ([keyOfA, a], [keyOfB, b]) =>
        SEVERITY[b.verdict] - SEVERITY[a.verdict] ||
        b.count - a.count ||
        b.noise - a.noise ||
        (keyOfA < keyOfB ? -1 : 1),
    ),
  );
}

const NO_EVIDENCE = independentEvidence(0, { first: 0, second: 0 });
const NO_EVIDENCES: FieldEvidences = new Map();

interface ExchangeTotals {
  readonly compared: number;
  readonly noiseCompared: number;
}

/** Diffy always has a secondary, so its numbers are those of the pairs, if there are any. */
function reportField(
  field: FieldCounts,
  { compared, noiseCompared: pairs }: ExchangeTotals,
  { evidence, inflation, late, verdict, features }: BlockEvidence & Pick<JudgedField, "verdict" | "features">,
): JudgedField {
  const { section, path, kind, raw, noise, both, rawOnlyInPairs, noiseOnlyInPairs } = field;
  return {
    section,
    path,
    kind,
    count: raw,
    noise,
    both,
    evidence: Math.max(0, evidence),
    inflation,
    since: verdict === "real" ? (late?.since ?? null) : null,
    mayHide: verdict === "noise" && pairs > 0 ? mayHide(field, pairs, inflation) : null,
    excess: pairs === 0 ? null : (rawOnlyInPairs - noiseOnlyInPairs) / pairs,
    diffy: pairs === 0 ? diffyNumbers(raw, 0, compared) : diffyNumbers(rawOnlyInPairs + both, noise, pairs),
    verdict,
    features,
  };
}

function mayHide(field: FieldCounts, pairs: number, inflation: number): number {
  const { rawOnlyInPairs: candidateOnly, noiseOnlyInPairs: secondaryOnly, both } = field;
  return hiddenChange({ pairs, candidateOnly, secondaryOnly, both, inflation });
}

/** The defaults of Diffy's `threshold.relative` and `threshold.absolute`, percent. */
const DIFFY_RELATIVE = 20;
const DIFFY_ABSOLUTE = 0.03;

/**
 * What Diffy (twitter-archive and opendiffy alike) shows for a field. It calls the field a difference when raw > noise,
 * |raw − noise| / (raw + noise) is above 20% and |raw − noise| / total is above 0.03%, without interval or minimum.
 * @param raw exchanges in which primary and candidate differ
 * @param noise exchanges in which primary and secondary differ
 * @param total all exchanges of the endpoint
 */
export function diffyNumbers(raw: number, noise: number, total: number): DiffyNumbers {
  const distance = Math.abs(raw - noise);
  const relative = raw + noise === 0 ? 0 : (distance / (raw + noise)) * 100;
  const absolute = total === 0 ? 0 : (distance / total) * 100;
  return { relative, absolute, flagged: raw > noise && relative > DIFFY_RELATIVE && absolute > DIFFY_ABSOLUTE };
}
