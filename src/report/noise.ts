import type { DifferenceKind, FieldMark, Section } from "../model/difference.ts";
import type { FieldReport, FieldVerdict } from "../model/report.ts";
import type { OutcomeRow } from "../store/store.ts";
import { logDiscordanceEvidence } from "./statistics.ts";

/** Share of fields without a real change that may be called real, at whatever moment one looks. */
const ALPHA = 0.05;
const ENOUGH_EVIDENCE = Math.log(1 / ALPHA);

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
  /** Pairs in which only the candidate differs here: McNemar's b. Those in which only the secondary does are `noise - both`. */
  readonly rawOnlyInPairs: number;
}

/** Names a field within an endpoint. */
export function fieldKey({ section, path, kind }: Pick<FieldMark, "section" | "path" | "kind">): string {
  return `${section}\n${path}\n${kind}`;
}

/**
 * Counts every field of one endpoint. Sets beyond the cap have no fields and so take no part.
 * @returns by `fieldKey`
 */
export function countFields(rows: readonly OutcomeRow[]): ReadonlyMap<string, FieldCounts> {
  const fields = new Map<string, FieldCounts>();
  for (const { fields: marks, paired, count } of rows) {
    for (const { section, path, kind, mark } of marks) {
      const key = fieldKey({ section, path, kind });
      const known = fields.get(key) ?? { section, path, kind, raw: 0, noise: 0, both: 0, rawOnlyInPairs: 0 };
      fields.set(key, {
        ...known,
        raw: known.raw + (mark === "noise" ? 0 : count),
        noise: known.noise + (mark === "raw" ? 0 : count),
        both: known.both + (mark === "both" ? count : 0),
        rawOnlyInPairs: known.rawOnlyInPairs + (paired && mark === "raw" ? count : 0),
      });
    }
  }
  return fields;
}

/**
 * Tells for each field whether its differences are the candidate's doing.
 *
 * - `real` without any pair on this endpoint: nothing speaks for noise, and a rehearsal without a secondary must not excuse
 *   anything.
 * - `real` for `transport`: a secondary that fails makes no pair, so a failing candidate can never be explained by it.
 * - `real` when flagged: the candidate differs alone more often than the secondary does, by evidence of 20 to 1. A candidate
 *   that behaves like another secondary gets there in at most 5 % of all cases. Only pairs are evidence; exchanges without
 *   a secondary (its percentage may be small) follow the verdict that the pairs gave.
 * - `noise` when the secondary was seen to differ here too, and the field is not flagged.
 * - `likely` when pairs exist and none showed noise here, but the evidence is still thin. It counts against parity like
 *   `real`: what nobody has seen as noise is not excused.
 *
 * The kind is part of the field, so that a timestamp that always differs in `value` does not excuse a candidate that drops
 * it (`missing`) or renders it as a number (`type`). Only `missing` and `extra` excuse each other: an optional field that
 * comes and goes by chance shows as either, depending on whose answer has it. Evidence stays apart even for these two: a
 * candidate that always lacks an optional field differs as `missing` more often, and as `extra` less often, than chance.
 *
 * @param anyPaired whether at least one exchange of this endpoint has a usable secondary answer
 * @returns by `fieldKey`
 */
export function judgeFields(
  fields: ReadonlyMap<string, FieldCounts>,
  anyPaired: boolean,
): ReadonlyMap<string, FieldVerdict> {
  const noisy = new Set([...fields.values()].filter(({ noise }) => noise > 0).map(noiseClass));
  const judge = (field: FieldCounts): FieldVerdict => {
    if (!anyPaired || field.section === "transport" || isFlagged(field)) return "real";
    return noisy.has(noiseClass(field)) ? "noise" : "likely";
  };
  return new Map([...fields].map(([key, field]) => [key, judge(field)]));
}

function noiseClass({ section, path, kind }: FieldCounts): string {
  return `${section}\n${path}\n${kind === "extra" ? "missing" : kind}`;
}

function isFlagged({ rawOnlyInPairs, noise, both }: FieldCounts): boolean {
  const noiseOnly = noise - both;
  return rawOnlyInPairs > noiseOnly && logDiscordanceEvidence(rawOnlyInPairs, noiseOnly) >= ENOUGH_EVIDENCE;
}

const GRAVEST_FIRST: readonly FieldVerdict[] = ["real", "likely", "noise"];

/** The fields of one endpoint as a report lists them: the gravest and most frequent first. */
export function reportFields(
  fields: ReadonlyMap<string, FieldCounts>,
  verdicts: ReadonlyMap<string, FieldVerdict>,
): FieldReport[] {
  return [...fields]
    .map(([key, { section, path, kind, raw, noise, both }]) => {
      return { key, field: { section, path, kind, count: raw, noise, both, verdict: verdicts.get(key) ?? "real" } };
    })
    .toSorted(
      (a, b) =>
        GRAVEST_FIRST.indexOf(a.field.verdict) - GRAVEST_FIRST.indexOf(b.field.verdict) ||
        b.field.count - a.field.count ||
        b.field.noise - a.field.noise ||
        (a.key < b.key ? -1 : 1),
    )
    .map(({ field }) => field);
}
