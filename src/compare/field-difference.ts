import type { Difference, DifferenceKind, Relation, Section } from "../model/difference.ts";
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
