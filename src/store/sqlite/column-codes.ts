import { LRUCache } from "lru-cache";
import type { DifferingField } from "../../model/difference.ts";
import type { LatencySeries } from "../../model/latency.ts";

/** In the database a series is its place in this list; the order is part of the schema. */
export const SERIES: readonly LatencySeries[] = ["primary", "candidate", "secondary", "ratio", "bias"];

/** A set of fields as text: equal sets, sorted as they are, have equal texts. */
export function encodeFields(fields: readonly DifferingField[]): string {
  return JSON.stringify(fields.map(({ section, path, kind, mark }) => [section, path, kind, mark]));
}

/** Decoded sets that are kept; screens ask for the same ones again and again. */
const MAX_DECODED = 20_000;
const decoded = new LRUCache<string, readonly DifferingField[]>({ max: MAX_DECODED });

/** @returns the same list for the same text, as long as it is remembered: nobody may change it */
export function decodeFields(text: string): readonly DifferingField[] {
  const known = decoded.get(text);
  if (known !== undefined) return known;
  const parts = JSON.parse(text) as [
    DifferingField["section"],
    string,
    DifferingField["kind"],
    DifferingField["mark"],
  ][];
  const fields = parts.map(([section, path, kind, mark]) => ({ section, path, kind, mark }));
  decoded.set(text, fields);
  return fields;
}
