/** The name of a parameter that was learned from values without a plural before them. */
export const ANY_NAME = "{name}";
const PLURAL = /^[a-z][a-z_-]{2,40}s$/i;
const NO_PLURAL = /(?:ss|us|is|news|series|species)$/i;

/**
 * Names the parameter that a segment becomes: `{id}` if most values look like short ids, otherwise the singular of the segment
 * before it, `{post}` below `/posts`.
 * @param parent the template up to the segment
 */
export function parameterName(parent: string, values: readonly string[]): string {
  const ids = values.filter((value) => /\d/.test(value) && !/[-_.~ %]/.test(value));
  if (ids.length * 2 > values.length) return "{id}";
  const before = parent.slice(parent.lastIndexOf("/") + 1);
  return PLURAL.test(before) && !NO_PLURAL.test(before) ? `{${singularOf(before)}}` : ANY_NAME;
}

function singularOf(plural: string): string {
  if (/(?:mov|cook|zomb)ies$|caches$/i.test(plural)) return plural.slice(0, -1);
  if (/ies$/i.test(plural)) return `${plural.slice(0, -3)}y`;
  return plural.slice(0, /(?:ss|sh|ch|x|tus|lias)es$/i.test(plural) ? -2 : -1);
}
