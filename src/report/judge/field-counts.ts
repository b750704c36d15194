import { memoizePerObject } from "../../lib/memoize.ts";
import type { DifferenceKind, DifferingField, Section } from "../../model/difference.ts";
import type { OutcomeRow } from "../../store/store.ts";

/** How often one field of an endpoint differed. Exchanges with a usable secondary response are pairs. */
export interface FieldCounts {
  readonly section: Section;
  readonly path: string;
  readonly kind: DifferenceKind;
  /** Exchanges in which primary and candidate differ, pairs and others. */
  readonly raw: number;
  /** Pairs in which primary and secondary differ. */
  readonly noise: number;
  /** Pairs in which both differ from the primary. */
  readonly both: number;
  /** Pairs in which only the candidate differs: McNemar's b. */
  readonly rawOnlyInPairs: number;
  /** Pairs in which only the secondary differs: McNemar's c. */
  readonly noiseOnlyInPairs: number;
}

/** The part of a field that names it. */
export type FieldId = Pick<DifferingField, "section" | "path" | "kind">;

/** Names a field within an endpoint. */
export function fieldKey({ section, path, kind }: FieldId): string {
  return `${section}\n${path}\n${kind}`;
}

/** The `fieldKey` of a field in an outcome row. Stores return the same objects, and a report needs each key many times. */
export const cachedFieldKey = memoizePerObject((field: DifferingField) => fieldKey(field));

/** With another status or media type, the body is another document and is not compared. */
function hidesBody({ section, path, kind }: DifferingField): boolean {
  return section === "status" || kind === "transport" || (section === "header" && path === "content-type");
}

/**
 * Whose body was not compared in an exchange. A pair is evidence about a field only if both responses could show it: otherwise
 * a secondary that fails now and then would turn every volatile field into a change of the candidate.
 */
function hiddenBodies(fields: readonly DifferingField[]): {
  readonly ofCandidate: boolean;
  readonly ofSecondary: boolean;
} {
  const hiding = fields.filter(hidesBody);
  return {
    ofCandidate: hiding.some(({ mark }) => mark !== "noise"),
    ofSecondary: hiding.some(({ mark }) => mark !== "raw"),
  };
}

/**
 * The body paths at which a response has another type than the primary's, or no value: it could not show another value there, so
 * the value of the other response is no evidence.
 * @param mark of the other response alone
 * @returns null if there is none, as in most exchanges
 */
function replacedPaths(fields: readonly DifferingField[], mark: "raw" | "noise"): ReadonlySet<string> | null {
  const replaced = fields.filter(
    ({ section, kind, mark: own }) => section === "body" && own !== mark && (kind === "type" || kind === "missing"),
  );
  return replaced.length === 0 ? null : new Set(replaced.map(({ path }) => path));
}

/** Omits the body fields of an exchange in which the candidate's body was not compared: the secondary's have no counterpart. */
export function comparableFields(fields: readonly DifferingField[]): readonly DifferingField[] {
  return hiddenBodies(fields).ofCandidate ? fields.filter(({ section }) => section !== "body") : fields;
}

/** Whether at least one exchange of an endpoint has a secondary response, and one whose body was compared. */
export interface Pairing {
  readonly any: boolean;
  readonly body: boolean;
}

/** @param rows of one endpoint */
export const pairingOf = memoizePerObject((rows: readonly OutcomeRow[]): Pairing => {
  const pairs = rows.filter(({ paired }) => paired);
  return { any: pairs.length > 0, body: pairs.some(({ fields }) => !hiddenBodies(fields).ofSecondary) };
});

/**
 * Counts every field of one endpoint. Difference sets beyond the cap have no fields and are not counted here.
 * @returns by `fieldKey`
 */
export const countFields = memoizePerObject((rows: readonly OutcomeRow[]): ReadonlyMap<string, FieldCounts> => {
  const counted = new Map<string, { -readonly [Name in keyof FieldCounts]: FieldCounts[Name] }>();
  for (const { fields, paired, count } of rows) {
    const hidden = hiddenBodies(fields);
    const [ofCandidate, ofSecondary] = [replacedPaths(fields, "noise"), replacedPaths(fields, "raw")];
    for (const field of fields) {
      const key = cachedFieldKey(field);
      let counts = counted.get(key);
      if (counts === undefined) {
        const { section, path, kind } = field;
        counts = { section, path, kind, raw: 0, noise: 0, both: 0, rawOnlyInPairs: 0, noiseOnlyInPairs: 0 };
        counted.set(key, counts);
      }
      if (field.mark !== "noise") counts.raw += count;
      if (field.mark !== "raw") counts.noise += count;
      if (field.mark === "both") counts.both += count;
      const isBody = field.section === "body";
      const hasNoPair = (isHidden: boolean, replaced: ReadonlySet<string> | null): boolean =>
        isBody && (isHidden || replaced?.has(field.path) === true);
      if (field.mark === "raw" && paired && !hasNoPair(hidden.ofSecondary, ofSecondary)) counts.rawOnlyInPairs += count;
      if (field.mark === "noise" && !hasNoPair(hidden.ofCandidate, ofCandidate)) counts.noiseOnlyInPairs += count;
    }
  }
  return counted;
});
