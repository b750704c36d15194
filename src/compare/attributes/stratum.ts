import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { DifferingField } from "../../model/difference.ts";

/** Enough digits to tell apart all sets of fields of an endpoint. */
const DIGEST_DIGITS = 12;
/** Cached results: most exchanges of an endpoint differ in one of a few sets. */
const KNOWN_SETS = new LRUCache<string, string>({ max: 2_000 });
const MAX_CACHED_CHARS = 4_096;

/**
 * The stratum of an exchange: a digest of the set of fields in which the candidate differs, whether the secondary differs there
 * too or not. Strata have exact totals, because equal outcomes are counted together.
 * @param fields of an outcome, in any order
 * @returns empty if the candidate does not differ
 */
export function stratumOf(fields: readonly DifferingField[]): string {
  let text = "";
  for (const { section, path, kind, mark } of fields) if (mark !== "noise") text += `${section}\n${path}\n${kind}\n\n`;
  if (text === "") return text;
  const known = KNOWN_SETS.get(text);
  if (known !== undefined) return known;
  const sorted = text.split("\n\n").toSorted().join("\n\n");
  const digest = createHash("sha256").update(sorted).digest("hex").slice(0, DIGEST_DIGITS);
  if (text.length <= MAX_CACHED_CHARS) KNOWN_SETS.set(text, digest);
  return digest;
}
