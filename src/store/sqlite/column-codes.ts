import type { FieldMark } from "../../model/difference.ts";
import type { LatencySeries } from "../../model/latency.ts";

/** In the database a series is its place in this list; the order is part of the schema. */
export const SERIES: readonly LatencySeries[] = ["primary", "candidate", "secondary", "ratio", "bias"];

/** A set of fields as text: equal sets, sorted as they are, have equal texts. */
export function encodeFields(fields: readonly FieldMark[]): string {
  return JSON.stringify(fields.map(({ section, path, kind, mark }) => [section, path, kind, mark]));
}

/** Decoded sets that are kept; screens ask for the same ones again and again. */
const MAX_DECODED = 20_000;
const decoded = new Map<string, readonly FieldMark[]>();

/** @returns the same list for the same text, as long as it is remembered: nobody may change it */
export function decodeFields(text: string): readonly FieldMark[] {
  const known = decoded.get(text);
  if (known !== undefined) return known;
  const parts = JSON.parse(text) as [FieldMark["section"], string, FieldMark["kind"], FieldMark["mark"]][];
  const fields = parts.map(([section, path, kind, mark]) => ({ section, path, kind, mark }));
  if (decoded.size >= MAX_DECODED) decoded.clear();
  decoded.set(text, fields);
  return fields;
}
