import { distance } from "fastest-levenshtein";

const MAX_EDITS = 3;
/** Shorter parts, like `by` and `ms`, occur in names that are otherwise unrelated. */
const MIN_PART_CHARS = 3;

/** @returns the known word that a mistyped one most likely stands for; undefined if none is close */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, edits: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= Math.min(MAX_EDITS, Math.ceil(candidate.length / 3)))
    .sort((a, b) => a.edits - b.edits);
  return ranked[0]?.candidate;
}

/**
 * Like `nearest`; if no word is close, the one that shares most of its parts: `queryParam` suggests `query`. Parts are separated
 * by camel case, dashes or underscores, and lose a final s.
 */
export function nearestField(field: string, known: readonly string[]): string | undefined {
  const parts = partsOf(field);
  const ranked = known
    .map((candidate) => ({ candidate, share: sharedParts(parts, partsOf(candidate)) }))
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share);
  return nearest(field, known) ?? ranked[0]?.candidate;
}

function partsOf(word: string): ReadonlySet<string> {
  const parts = word.replaceAll(/([a-z\d])([A-Z])/g, "$1 $2").split(/[ _.-]+/);
  return new Set(
    parts.map((part) => part.toLowerCase().replace(/(?<=..)s$/, "")).filter((part) => part.length >= MIN_PART_CHARS),
  );
}

/** The Jaccard index of both sets (Jaccard 1901). */
function sharedParts(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  return one.intersection(other).size / Math.max(one.union(other).size, 1);
}
