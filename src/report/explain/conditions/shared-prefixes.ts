/** Texts with the same beginning: from a place in a sorted list to before another one. */
export interface PrefixRange {
  readonly prefix: string;
  readonly from: number;
  readonly to: number;
}

/** Where a prefix can end: before and behind a delimiter, and between letters and digits. */
const DELIMITER = /[-_/.:;,=@+ |]/;
const LETTER = /[a-z]/i;
const DIGIT = /\d/;
const LONGEST_PREFIX = 64;

/**
 * Prefixes that at least two texts share up to a border: `de` of `de-AT` and `de-DE`, `v2.` of `v2.0` and `v2.1`.
 * @param texts sorted by code units, each once
 */
export function sharedPrefixes(texts: readonly string[]): readonly PrefixRange[] {
  const found: PrefixRange[] = [];
  const seen = new Set<string>();
  for (const [at, text] of texts.entries()) {
    const shared = sharedLength(text, texts[at + 1]);
    for (let length = 1; length <= shared; length++) {
      // The longer of the two neighbors has a character behind the prefix.
      if (!isBorder(texts[at + 1] ?? "", length)) continue;
      const prefix = text.slice(0, length);
      if (seen.has(prefix)) continue;
      seen.add(prefix);
      found.push({ prefix, from: at, to: endOf(texts, at, prefix) });
    }
  }
  return found;
}

/** A secret: its characters are those of a digest, which texts share by chance. */
const FINGERPRINT = "[redacted:";

/** How many characters two neighbors have in common, before any fingerprint. */
function sharedLength(text: string, next: string | undefined): number {
  if (next === undefined) return 0;
  const secret = text.indexOf(FINGERPRINT);
  const longest = Math.min(secret === -1 ? text.length : secret, next.length, LONGEST_PREFIX);
  let length = 0;
  while (length < longest && text[length] === next[length]) length++;
  return length;
}

function isBorder(text: string, length: number): boolean {
  const [last = "", next = ""] = [text[length - 1], text[length]];
  if (DELIMITER.test(last) || DELIMITER.test(next)) return true;
  return (LETTER.test(last) && DIGIT.test(next)) || (DIGIT.test(last) && LETTER.test(next));
}

/** The place behind the last text with a prefix: they are neighbors. */
function endOf(texts: readonly string[], from: number, prefix: string): number {
  let [inside, outside] = [from, texts.length];
  while (outside - inside > 1) {
    const middle = Math.floor((inside + outside) / 2);
    if (texts[middle]?.startsWith(prefix) === true) inside = middle;
    else outside = middle;
  }
  return outside;
}
