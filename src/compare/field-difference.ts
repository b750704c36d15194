import type {
  Difference,
  DifferenceKind,
  DifferenceMark,
  DifferingField,
  Relation,
  Section,
} from "../model/difference.ts";
import type { Role } from "../model/capture.ts";
import type { Redactor } from "./redact/redactor.ts";
import type { Json } from "./tree/json-tree.ts";

/** A field: where two captures can differ, and how. */
export type FieldKey = Pick<DifferingField, "section" | "path" | "kind">;

/** The values of a field at one position, unredacted; undefined where a side has none. */
export interface ValuePair {
  readonly left: Json | undefined;
  readonly right: Json | undefined;
  /** The number of elements of both lists or maps, for an element that only one of them has. */
  readonly sizes?: { readonly left: number; readonly right: number } | undefined;
}

/** The values of one field by role: the secondary's or candidate's is the primary's where they do not differ. */
export type RoleValues = Readonly<Record<Role, Json | undefined>>;

/** A field that differs in one exchange. Path and kind contain no secrets. Most differences are only counted. */
export interface FieldDifference {
  readonly section: Section;
  readonly path: string;
  readonly kind: DifferenceKind;
  /** What explains the difference: null if nothing does, undefined if it was not examined. */
  readonly relation?: Relation | null | undefined;
  /** The values at its first positions; undefined when they cannot be examined. Values that are secret are left out. */
  readonly values?: readonly ValuePair[] | undefined;
  /** Renders the values for a sample, redacted. */
  detail(redactor: Redactor): Pick<Difference, "pointer" | "primary" | "candidate">;
}

export interface FieldDifferences {
  readonly differences: readonly FieldDifference[];
  /** More fields differ than are listed. */
  readonly overflow: boolean;
}

export const NO_DIFFERENCES: FieldDifferences = { differences: [], overflow: false };

/**
 * Joins the fields that differ from the candidate (raw) and from the secondary (noise), each marked as raw, noise or both.
 * @returns sorted by section, path and kind, so that equal sets are equal lists
 */
export function joinFields(raw: readonly FieldKey[], noise: readonly FieldKey[]): DifferingField[] {
  const fields = new Map<string, DifferingField>();
  const add = ({ section, path, kind }: FieldKey, mark: DifferenceMark): void => {
    const key = `${section}\n${path}\n${kind}`;
    const before = fields.get(key)?.mark ?? mark;
    fields.set(key, { section, path, kind, mark: before === mark ? mark : "both" });
  };
  for (const difference of raw) add(difference, "raw");
  for (const difference of noise) add(difference, "noise");
  return [...fields].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, field]) => field);
}
