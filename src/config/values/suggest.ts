const MOST_EDITS = 3;
/** Shorter ones, as `by` and `ms`, stand in names that have nothing else in common. */
const SHORTEST_PART = 3;

/** @returns the known word that a mistyped one most likely stands for, if any is near */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, edits: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= Math.min(MOST_EDITS, Math.ceil(candidate.length / 3)))
    .sort((a, b) => a.edits - b.edits);
  return ranked[0]?.candidate;
}

/**
 * As `nearest`; of words that are not near, the one that has most of its parts in common: who writes `queryParam` means
 * `query`. A part is what camel case, a dash or an underscore sets apart, without an s at its end.
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
    parts.map((part) => part.toLowerCase().replace(/(?<=..)s$/, "")).filter((part) => part.length >= SHORTEST_PART),
  );
}

/** Of the parts of both (Jaccard 1901). */
function sharedParts(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  return one.intersection(other).size / Math.max(one.union(other).size, 1);
}

/** Insertions, deletions and replacements that turn one word into the other (Levenshtein 1966). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
