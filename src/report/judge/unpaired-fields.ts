import { memoizeLast } from "../../lib/memoize.ts";
import type { DifferenceKind, Relation } from "../../model/difference.ts";
import type { FieldRelations } from "../causes/field-relations.ts";
import { parseStatusPath, statusPath } from "../../presentation/statuses/status-change.ts";
import type { OutcomeRow, TimeBlock } from "../../store/store.ts";
import { seriesOf, type StretchCounts } from "../statistics/block-series.ts";
import { evidenceBar, logMajorityEvidence } from "../statistics/e-values.ts";
import { comparedCounts } from "./accounting-totals.ts";
import { countFields, fieldKey, type FieldCounts, type FieldId } from "./field-counts.ts";
import { fieldEvidence } from "./field-evidence.ts";

/** What the exchanges of one endpoint say without a secondary response. */
export interface UnpairedCounts {
  readonly outcomes: readonly OutcomeRow[];
  /** The same by time; empty for runs of earlier versions, whose exchanges count as independent. */
  readonly blocks: readonly TimeBlock[];
  /** The relation that explains a field, by `fieldKey`. */
  readonly relations: FieldRelations;
}

/** Relations that another version makes, and never the same version by chance. */
const MADE_BY_CHANGE: ReadonlySet<Relation> = new Set([
  "number-as-string",
  "null-or-empty",
  "same-instant",
  "rounding",
  "letter-case",
  "unicode-normalisation",
  "whitespace",
  "times-100",
]);

/** Differences of form: a response that cannot be read like the other one. */
const OF_FORM: ReadonlySet<DifferenceKind> = new Set(["parse", "encoding", "truncated"]);

/** A difference that nearly every exchange shows, and none the other way around, is no chance, if it is not one of value. */
const ALWAYS = 0.95;
const NEVER_CHANCE: ReadonlySet<DifferenceKind> = new Set(["status", "type", "missing", "extra", "contract"]);

/**
 * The fields that differ because of the candidate although no secondary response shows how much the service varies without a change:
 * those that noise cannot explain. Noise has no direction: two processes of one version lack an optional field, or fail, equally
 * often, so the candidate's share of such differences is compared with the primary's like that of a secondary (a sign test,
 * McNemar 1947). Another value, order or header of the same kind can be noise in every exchange: a time, an id, a counter.
 * @returns `fieldKey`s
 */
export function fieldsBeyondNoise(counts: UnpairedCounts): ReadonlySet<string> {
  return beyondNoise(counts.outcomes, { blocks: counts.blocks, relations: counts.relations });
}

const beyondNoise = memoizeLast(
  (outcomes: readonly OutcomeRow[], { blocks, relations }: Omit<UnpairedCounts, "outcomes">): ReadonlySet<string> => {
    const fields = countFields(outcomes);
    const { compared } = comparedCounts(outcomes);
    const directed = [...fields].filter(([, field]) => field.raw > 0 && opposite(field) !== null);
    const bar = evidenceBar(directed.length);
    const beyond = new Set<string>();
    for (const [key, field] of fields) {
      const relation = relations.get(key);
      const isChange =
        field.section === "transport" ||
        OF_FORM.has(field.kind) ||
        (relation !== undefined && MADE_BY_CHANGE.has(relation)) ||
        (NEVER_CHANCE.has(field.kind) && field.raw >= ALWAYS * compared && !isMirrored(field, fields));
      if (isChange) beyond.add(key);
    }
    for (const [key, field] of directed) {
      const other = opposite(field);
      if (other === null || beyond.has(key)) continue;
      if (directionEvidence(key, fieldKey(other), { outcomes, blocks }) >= bar) beyond.add(key);
    }
    return beyond;
  },
);

/** The field in which the same difference shows with the roles swapped. @returns null if a difference has no direction */
function opposite({ section, path, kind }: FieldId): FieldId | null {
  if (kind === "missing") return { section, path, kind: "extra" };
  if (kind === "extra") return { section, path, kind: "missing" };
  const change = kind === "status" ? parseStatusPath(path) : undefined;
  if (change === undefined) return null;
  return { section, path: statusPath({ primary: change.candidate, candidate: change.primary }), kind };
}

function isMirrored(field: FieldCounts, fields: ReadonlyMap<string, FieldCounts>): boolean {
  const other = opposite(field);
  return other !== null && (fields.get(fieldKey(other))?.raw ?? 0) > 0;
}

/** ln E that the first field differs more often than the second. */
function directionEvidence(
  key: string,
  opposite: string,
  { outcomes, blocks }: Pick<UnpairedCounts, "outcomes" | "blocks">,
): number {
  const countsOf = (rows: readonly OutcomeRow[]): StretchCounts => {
    const fields = countFields(rows);
    return { first: rawOf(fields, key), second: rawOf(fields, opposite), pairs: comparedCounts(rows).compared };
  };
  if (blocks.length === 0) {
    const { first, second } = countsOf(outcomes);
    return logMajorityEvidence(first, second);
  }
  const series = seriesOf(blocks, (block) => countsOf(block.outcomes));
  return fieldEvidence(series).evidence;
}

function rawOf(fields: ReadonlyMap<string, FieldCounts>, name: string): number {
  return fields.get(name)?.raw ?? 0;
}
