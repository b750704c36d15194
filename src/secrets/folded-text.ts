/** Invisible characters, combining marks, and what replaces an invalid byte. */
const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffd]|[\u0300-\u036f]/;
/** Characters with a plain equivalent: compatibility forms, quotes, dashes, spaces, lines of tables. */
const FOLDABLE =
  /[\u0085\u00a0\u00ab\u00ad\u00bb\u2000-\u2015\u2018-\u201f\u2024-\u202f\u2039\u203a\u205f-\u2069\u2100-\u214f\u2254\u2500-\u257f\u3000\ufe50-\ufe6b\ufeff\uff01-\uff5e\ufffd]|[\u0300-\u036f]|\ud835[\udc00-\udfff]/g;
const PLAIN: readonly (readonly [RegExp, string])[] = [
  [/[\u0085\u2028\u2029]/, "\n"],
  [/[\u00ab\u00bb\u201c-\u201f]/, '"'],
  [/[\u2018-\u201b\u2039\u203a]/, "'"],
  [/[\u2502\u2503\u2551]/, "|"],
  [/[\u2010-\u2015\u2500-\u257f]/, "-"],
  [/\u2254/, ":="],
  [INVISIBLE, ""],
];

/** The matches of characters that a reader takes for a plain one: `ｐａｓｓ`, `“`, a zero-width space. */
export function foldableCharacters(text: string): Iterable<RegExpExecArray> {
  return text.matchAll(FOLDABLE);
}

export function hasFoldable(text: string): boolean {
  FOLDABLE.lastIndex = 0;
  return FOLDABLE.test(text);
}

export function foldedCharacter(character: string): string {
  return PLAIN.find(([pattern]) => pattern.test(character))?.[1] ?? character.normalize("NFKD");
}
