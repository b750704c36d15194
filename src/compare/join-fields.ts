import type { DifferingField, DifferenceMark } from "../model/difference.ts";

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
