import { LRUCache } from "lru-cache";
import type { DifferingField } from "../../model/difference.ts";
import type { LatencySeries } from "../../model/latency.ts";

/** A series is stored as its index in this list, so the order is part of the schema. */
export const SERIES: readonly LatencySeries[] = ["primary", "candidate", "secondary", "ratio", "bias", "twin"];

/** Encodes a sorted list of fields as text: equal lists have equal texts. */
export function encodeFields(fields: readonly DifferingField[]): string {
  return JSON.stringify(fields.map(({ section, path, kind, mark }) => [section, path, kind, mark]));
}

/** Size of the cache of decoded lists: screens request the same lists over and over. */
const MAX_DECODED = 20_000;
const decoded = new LRUCache<string, readonly DifferingField[]>({ max: MAX_DECODED });

/** @returns the same list for the same text while it is cached; treat it as immutable */
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
