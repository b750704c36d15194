import type { FieldMark, LatencySeries } from "../../model/difference.ts";

/** In the database a series is its place in this list; the order is part of the schema. */
export const SERIES: readonly LatencySeries[] = ["primary", "candidate", "secondary", "ratio", "bias"];

/** A set of fields as text: equal sets, sorted as they are, have equal texts. */
export function encodeFields(fields: readonly FieldMark[]): string {
  return JSON.stringify(fields.map(({ section, path, kind, mark }) => [section, path, kind, mark]));
}

export function decodeFields(text: string): FieldMark[] {
  const fields = JSON.parse(text) as [FieldMark["section"], string, FieldMark["kind"], FieldMark["mark"]][];
  return fields.map(([section, path, kind, mark]) => ({ section, path, kind, mark }));
}
