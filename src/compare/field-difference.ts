import type {
  Difference,
  DifferenceKind,
  DifferingField,
  DifferenceMark,
  Relation,
  Section,
} from "../model/difference.ts";
import type { Redactor } from "./redact/body-redactor.ts";

/** A difference before it is written out for a person: most are only counted. Path and kind hold no secret. */
export interface FieldDifference {
  readonly section: Section;
  readonly path: string;
  readonly kind: DifferenceKind;
  /** What explains it. Undefined where nobody looked, null where nothing does. */
  readonly relation?: Relation | null | undefined;
  detail(redactor: Redactor): Pick<Difference, "pointer" | "primary" | "candidate">;
}

export interface FieldDifferences {
  readonly differences: readonly FieldDifference[];
  /** There are more than are listed. */
  readonly overflow: boolean;
}

export const NO_DIFFERENCES: FieldDifferences = { differences: [], overflow: false };

type Field = Pick<DifferingField, "section" | "path" | "kind">;

/**
 * The set of fields in which an exchange differed, each marked by where: against the candidate (raw), against the
 * secondary (noise), or both. A field is a section, path and kind.
 * @returns sorted by section, path, kind, so that equal sets are equal lists
 */
export function joinFields(raw: readonly Field[], noise: readonly Field[]): DifferingField[] {
  const marks = new Map<string, DifferingField>();
  const mark = ({ section, path, kind }: Field, mark: DifferenceMark): void => {
    const key = `${section}\n${path}\n${kind}`;
    const before = marks.get(key)?.mark ?? mark;
    marks.set(key, { section, path, kind, mark: before === mark ? mark : "both" });
  };
  for (const difference of raw) mark(difference, "raw");
  for (const difference of noise) mark(difference, "noise");
  return [...marks].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, field]) => field);
}
