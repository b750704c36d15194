import type { DifferenceKind, DifferingField, Section } from "../../model/difference.ts";
import type { FieldReport, FieldVerdict } from "../../model/report.ts";
import type { OutcomeRow } from "../../store/store.ts";
import { diffyNumbers } from "../diffy-numbers.ts";
import { evidenceBarOfMany, logDiscordanceEvidence } from "../statistics/e-values.ts";
import { memoizePerObject, memoizeLast } from "../../lib/memoize.ts";

/** What was seen of one field of one endpoint, over all its exchanges; those that a secondary took part in are pairs. */
export interface FieldCounts {
  readonly section: Section;
  readonly path: string;
  readonly kind: DifferenceKind;
  /** Exchanges in which primary and candidate differ here, pairs and others. */
  readonly raw: number;
  /** Pairs in which primary and secondary differ here. */
  readonly noise: number;
  /** Pairs in which both differ here. */
  readonly both: number;
  /** Pairs in which only the candidate differs here: McNemar's b. */
  readonly rawOnlyInPairs: number;
  /** Pairs in which only the secondary differs here: McNemar's c. */
  readonly noiseOnlyInPairs: number;
}

/** Whether a difference hides the body: with another status or type it is another document, and is not compared. */
function hidesBody({ section, path }: DifferingField): boolean {
  return section === "status" || section === "transport" || (section === "header" && path === "content-type");
}

/**
 * Whose body was not compared in an exchange. A pair says something of a field only where both sides could show it: else a
 * secondary that fails now and then would make each volatile field look like the candidate's doing.
 */
function hiddenBodies(marks: readonly DifferingField[]): {
  readonly ofCandidate: boolean;
  readonly ofSecondary: boolean;
} {
  const hiding = marks.filter(hidesBody);
  return {
    ofCandidate: hiding.some(({ mark }) => mark !== "noise"),
    ofSecondary: hiding.some(({ mark }) => mark !== "raw"),
  };
}

/** The fields of an exchange without those of the secondary's body where the candidate's was not compared: nothing stands beside them. */
export function comparableFields(marks: readonly DifferingField[]): readonly DifferingField[] {
  return hiddenBodies(marks).ofCandidate ? marks.filter(({ section }) => section !== "body") : marks;
}

/** Whether at least one exchange of an endpoint has a usable secondary answer, and one whose body was compared. */
export interface Pairing {
  readonly any: boolean;
  readonly body: boolean;
}

/** Of the rows of one endpoint. */
export const pairingOf = memoizePerObject((rows: readonly OutcomeRow[]): Pairing => {
  const pairs = rows.filter(({ paired }) => paired);
  return { any: pairs.length > 0, body: pairs.some(({ fields }) => !hiddenBodies(fields).ofSecondary) };
});

/** Names a field within an endpoint. */
export function fieldKey({ section, path, kind }: Pick<DifferingField, "section" | "path" | "kind">): string {
  return `${section}\n${path}\n${kind}`;
}

/** Stores give the same marks for the same sets, and a report asks for each of their keys many times. */
const markKeys = new WeakMap<DifferingField, string>();

/** The `fieldKey` of a field in an outcome. */
export function markKey(mark: DifferingField): string {
  const known = markKeys.get(mark);
  if (known !== undefined) return known;
  const key = fieldKey(mark);
  markKeys.set(mark, key);
  return key;
}

/**
 * Counts every field of one endpoint. Sets beyond the cap have no fields and so take no part.
 * @returns by `fieldKey`
 */
export const countFields = memoizePerObject((rows: readonly OutcomeRow[]): ReadonlyMap<string, FieldCounts> => {
  const fields = new Map<string, { -readonly [Name in keyof FieldCounts]: FieldCounts[Name] }>();
  for (const { fields: marks, paired, count } of rows) {
    const hidden = hiddenBodies(marks);
    for (const field of marks) {
      const key = markKey(field);
      let counts = fields.get(key);
      if (counts === undefined) {
        const { section, path, kind } = field;
        counts = { section, path, kind, raw: 0, noise: 0, both: 0, rawOnlyInPairs: 0, noiseOnlyInPairs: 0 };
        fields.set(key, counts);
      }
      if (field.mark !== "noise") counts.raw += count;
      if (field.mark !== "raw") counts.noise += count;
      if (field.mark === "both") counts.both += count;
      const isBody = field.section === "body";
      if (field.mark === "raw" && paired && !(isBody && hidden.ofSecondary)) counts.rawOnlyInPairs += count;
      if (field.mark === "noise" && !(isBody && hidden.ofCandidate)) counts.noiseOnlyInPairs += count;
    }
  }
  return fields;
});

/**
 * How much evidence a field of this run must have to be called real, so that of all fields called so at most 5 % are not,
 * and a candidate without any change has such a field now in at most 5 % of all runs: e-BH over the fields of all endpoints
 * together, because that is what a person reads, and because one field decides over the run.
 *
 * Only fields with a discordant pair are counted as hypotheses. The others have E = 1 and cannot be rejected, and the first
 * discordant pair leaves E at 1: to be among those that are counted says nothing, so that leaving the others out is fair.
 * @param fields of each endpoint
 * @returns ln E; infinite when no field has enough
 */
export function realFieldBar(fields: readonly Fields[]): number {
  const discordant = fields.flatMap((own) => [...evidenceOf(own)].filter(([field]) => isDiscordant(field)));
  return evidenceBarOfMany(discordant.map(([, evidence]) => evidence));
}

type Fields = { values(): Iterable<FieldCounts> };

/** ln E of each field, as far as it speaks for the candidate differing more often: none at all when the secondary does. */
const evidenceOf = memoizePerObject((fields: Fields): ReadonlyMap<FieldCounts, number> => {
  const evidence = new Map<FieldCounts, number>();
  for (const field of fields.values()) {
    const { rawOnlyInPairs: b, noiseOnlyInPairs: c } = field;
    evidence.set(field, b > c ? logDiscordanceEvidence(b, c) : Number.NEGATIVE_INFINITY);
  }
  return evidence;
});

/**
 * Tells for each field whether its differences are the candidate's doing.
 *
 * - `real` without any pair on this endpoint that could show it: nothing speaks for noise, and a rehearsal without a secondary
 *   must not excuse anything.
 * - `real` for `transport`: a secondary that fails makes no pair, so a failing candidate can never be explained by it.
 * - `real` when flagged: the candidate differs alone more often than the secondary does, by as much evidence as the bar
 *   asks, 20 to 1 for a single field. Only pairs are evidence; exchanges without a secondary (its percentage may be small)
 *   follow the verdict that the pairs gave.
 * - `noise` when the secondary was seen to differ here too, and the field is not flagged.
 * - `likely` when pairs exist and none showed noise here, but the evidence is still thin. It counts against parity like
 *   `real`: what nobody has seen as noise is not excused.
 *
 * The kind is part of the field, so that a timestamp that always differs in `value` does not excuse a candidate that drops
 * it (`missing`) or renders it as a number (`type`). Only `missing` and `extra` excuse each other: an optional field that
 * comes and goes by chance shows as either, depending on whose answer has it. Evidence stays apart even for these two: a
 * candidate that always lacks an optional field differs as `missing` more often, and as `extra` less often, than chance.
 *
 * @param pairing of this endpoint
 * @param bar of `realFieldBar`, over the fields of the whole run
 * @returns by `fieldKey`
 */
export function judgeFields(
  fields: ReadonlyMap<string, FieldCounts>,
  { any, body }: Pairing,
  bar: number,
): ReadonlyMap<string, FieldVerdict> {
  return judged(fields, { any, body, bar });
}

const judged = memoizeLast(
  (fields: ReadonlyMap<string, FieldCounts>, { bar, ...pairing }: Pairing & { bar: number }) => {
    const evidence = evidenceOf(fields);
    const noisy = new Set<string>();
    for (const [key, field] of fields) if (field.noise > 0) noisy.add(noiseClass(key, field));
    const judge = (key: string, field: FieldCounts): FieldVerdict => {
      if (!(field.section === "body" ? pairing.body : pairing.any) || field.section === "transport") return "real";
      if (isDiscordant(field) && (evidence.get(field) ?? 0) >= bar) return "real";
      return noisy.has(noiseClass(key, field)) ? "noise" : "likely";
    };
    const verdicts = new Map<string, FieldVerdict>();
    for (const [key, field] of fields) verdicts.set(key, judge(key, field));
    return verdicts;
  },
);

/** What is noise in one place is noise for all of its class: `missing` stands for `extra` as well. */
function noiseClass(key: string, { section, path, kind }: FieldCounts): string {
  return kind === "extra" ? fieldKey({ section, path, kind: "missing" }) : key;
}

function isDiscordant({ rawOnlyInPairs, noiseOnlyInPairs }: FieldCounts): boolean {
  return rawOnlyInPairs + noiseOnlyInPairs > 0;
}

/** A field as far as its own counts tell. */
export type JudgedField = Omit<FieldReport, "relation" | "rule" | "cause">;

const GRAVITY: Readonly<Record<FieldVerdict, number>> = { real: 2, likely: 1, noise: 0 };

/**
 * The fields of one endpoint as a report lists them: the gravest and most frequent first.
 * @param seen compared exchanges of the endpoint, and those with a secondary
 * @returns by `fieldKey`
 */
export function reportFields(
  fields: ReadonlyMap<string, FieldCounts>,
  verdicts: ReadonlyMap<string, FieldVerdict>,
  seen: { readonly compared: number; readonly noiseCompared: number },
): ReadonlyMap<string, JudgedField> {
  const evidence = evidenceOf(fields);
  const judgedFields = [...fields].map(([key, field]) => {
    const judgement = { evidence: Math.max(0, evidence.get(field) ?? 0), verdict: verdicts.get(key) ?? "real" };
    return [key, numbersOf(field, seen, judgement)] as const;
  });
  return new Map(
    judgedFields.sort(
      ([keyOfA, a], [keyOfB, b]) =>
        GRAVITY[b.verdict] - GRAVITY[a.verdict] || b.count - a.count || b.noise - a.noise || (keyOfA < keyOfB ? -1 : 1),
    ),
  );
}

/** Diffy knows no exchange without a secondary, so its numbers are those of the pairs wherever there are any. */
function numbersOf(
  field: FieldCounts,
  { compared, noiseCompared: pairs }: { readonly compared: number; readonly noiseCompared: number },
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
