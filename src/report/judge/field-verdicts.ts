import { memoizeLast, memoizePerObject } from "../../lib/memoize.ts";
import type { DiffyNumbers, FieldReport, FieldVerdict } from "../../model/report.ts";
import type { OutcomeRow, PerEndpoint } from "../../store/store.ts";
import { evidenceBarOfMany, logDiscordanceEvidence } from "../statistics/e-values.ts";
import { countFields, fieldKey, pairingOf, type FieldCounts, type Pairing } from "./field-counts.ts";

/** The differing fields of one endpoint, with the verdict of each. */
export interface EndpointFields {
  readonly route: string;
  readonly endpoint: string;
  readonly outcomes: readonly OutcomeRow[];
  /** By `fieldKey`. */
  readonly fields: ReadonlyMap<string, FieldCounts>;
  /** What the counts say about each field, by `fieldKey`. */
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

/** Judges every field of a run by its counts; reviews are not considered yet. */
export function judgeRunFields(outcomes: readonly PerEndpoint<readonly OutcomeRow[]>[]): RunFields {
  const bar = realFieldBar(outcomes.map(({ rows }) => countFields(rows)));
  const endpoints = outcomes.map(({ route, endpoint, rows }): EndpointFields => {
    const fields = countFields(rows);
    const verdicts = judgeFields(fields, pairingOf(rows), bar);
    return { route, endpoint, outcomes: rows, fields, verdicts, effective: verdicts };
  });
  return { bar, endpoints };
}

/**
 * How much evidence makes a field of this run real, so that at most 5% of all real fields are false, and a candidate without
 * any change has a real field in at most 5% of all runs: e-BH over the fields of all endpoints, because a person reads all of
 * them and one field decides the run.
 *
 * Only fields with a discordant pair count as hypotheses. The others have E = 1 and cannot be rejected. The first discordant
 * pair leaves E at 1, so being counted says nothing, and leaving the others out is fair.
 * @param fields of each endpoint
 * @returns ln E; infinite if no field has enough
 */
export function realFieldBar(fields: readonly FieldValues[]): number {
  const discordant = fields.flatMap((own) => [...evidenceOf(own)].filter(([field]) => isDiscordant(field)));
  return evidenceBarOfMany(discordant.map(([, evidence]) => evidence));
}

type FieldValues = { values(): Iterable<FieldCounts> };

/** ln E of each field that the candidate differs more often; −∞ if the secondary does. */
const evidenceOf = memoizePerObject((fields: FieldValues): ReadonlyMap<FieldCounts, number> => {
  const evidence = new Map<FieldCounts, number>();
  for (const field of fields.values()) {
    const { rawOnlyInPairs: b, noiseOnlyInPairs: c } = field;
    evidence.set(field, b > c ? logDiscordanceEvidence(b, c) : Number.NEGATIVE_INFINITY);
  }
  return evidence;
});

/**
 * Decides for each field of an endpoint whether the candidate causes its differences.
 *
 * - `real` if no pair of this endpoint could show the field: there is no evidence of noise, and a rehearsal without a secondary
 *   must not excuse anything.
 * - `real` for `transport`: a failed secondary makes no pair, so it can never explain a failing candidate.
 * - `real` if the candidate alone differs more often than the secondary alone, with the evidence that the bar requires (20 to 1
 *   for a single field). Only pairs are evidence; exchanges without a secondary follow the verdict of the pairs.
 * - `noise` if the secondary was seen to differ here too, and the field is not real.
 * - `likely` if there are pairs and none showed noise here, but the evidence is still thin. It counts against parity like
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
  { any, body }: Pairing,
  bar: number,
): ReadonlyMap<string, FieldVerdict> {
  return judgeFieldsOnce(fields, { any, body, bar });
}

const judgeFieldsOnce = memoizeLast(
  (fields: ReadonlyMap<string, FieldCounts>, { bar, ...pairing }: Pairing & { bar: number }) => {
    const evidence = evidenceOf(fields);
    const noisy = new Set<string>();
    for (const [key, field] of fields) if (field.noise > 0) noisy.add(noiseClass(key, field));
    const judge = (key: string, field: FieldCounts): FieldVerdict => {
      const hasPairs = field.section === "body" ? pairing.body : pairing.any;
      if (!hasPairs || field.section === "transport") return "real";
      if (isDiscordant(field) && (evidence.get(field) ?? 0) >= bar) return "real";
      return noisy.has(noiseClass(key, field)) ? "noise" : "likely";
    };
    const verdicts = new Map<string, FieldVerdict>();
    for (const [key, field] of fields) verdicts.set(key, judge(key, field));
    return verdicts;
  },
);

/** Noise in one field is noise in all fields of its class: `missing` and `extra` at the same path. */
function noiseClass(key: string, { section, path, kind }: FieldCounts): string {
  return kind === "extra" ? fieldKey({ section, path, kind: "missing" }) : key;
}

function isDiscordant({ rawOnlyInPairs, noiseOnlyInPairs }: FieldCounts): boolean {
  return rawOnlyInPairs + noiseOnlyInPairs > 0;
}

/** The part of a field's report that its own counts give. */
export type JudgedField = Omit<FieldReport, "relation" | "rule" | "cause">;

const SEVERITY: Readonly<Record<FieldVerdict, number>> = { real: 2, likely: 1, noise: 0 };

/**
 * The fields of one endpoint as a report lists them, by severity and frequency.
 * @param totals compared exchanges of the endpoint, and those with a secondary response
 * @returns by `fieldKey`
 */
export function reportFields(
  fields: ReadonlyMap<string, FieldCounts>,
  verdicts: ReadonlyMap<string, FieldVerdict>,
  totals: ExchangeTotals,
): ReadonlyMap<string, JudgedField> {
  const evidence = evidenceOf(fields);
  const judged = [...fields].map(([key, field]) => {
    const own = { evidence: Math.max(0, evidence.get(field) ?? 0), verdict: verdicts.get(key) ?? "real" };
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

interface ExchangeTotals {
  readonly compared: number;
  readonly noiseCompared: number;
}

/** Diffy always has a secondary, so its numbers are those of the pairs, if there are any. */
function reportField(
  field: FieldCounts,
  { compared, noiseCompared: pairs }: ExchangeTotals,
  { evidence, verdict }: Pick<JudgedField, "evidence" | "verdict">,
): JudgedField {
  const { section, path, kind, raw, noise, both, rawOnlyInPairs, noiseOnlyInPairs } = field;
  return {
    section,
    path,
    kind,
    count: raw,
    noise,
    both,
    evidence,
    excess: pairs === 0 ? null : (rawOnlyInPairs - noiseOnlyInPairs) / pairs,
    diffy: pairs === 0 ? diffyNumbers(raw, 0, compared) : diffyNumbers(rawOnlyInPairs + both, noise, pairs),
    verdict,
  };
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
