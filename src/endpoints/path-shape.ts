const [SLASH, QUESTION_MARK, HASH, ZERO, NINE] = [0x2f, 0x3f, 0x23, 0x30, 0x39];
/** A shorter segment with a digit that has other characters, too, can be a version: `v2`, `oauth2`. */
const SHORTEST_IDENTIFIER = 8;

/**
 * The path of a target, in which segments that look like identifiers are replaced by an asterisk: numbers, and longer segments
 * with a digit. It is far cheaper than the name of the endpoint, and equal for almost all paths of an endpoint with identifiers.
 * @param target in origin form
 */
export function pathShape(target: string): string {
  let shape = "";
  /** What precedes it is part of the shape already. */
  let copied = 0;
  let start = 0;
  let digits = 0;
  let at = 0;
  for (; ; at += 1) {
    const code = at < target.length ? target.charCodeAt(at) : HASH;
    if (code >= ZERO && code <= NINE) digits += 1;
    else if (code === SLASH || code === QUESTION_MARK || code === HASH) {
      const length = at - start;
      if (digits > 0 && (digits === length || length >= SHORTEST_IDENTIFIER)) {
        shape += `${target.slice(copied, start)}*`;
        copied = at;
      }
      if (code !== SLASH) break;
      start = at + 1;
      digits = 0;
    }
  }
  return copied === 0 ? target.slice(0, at) : shape + target.slice(copied, at);
}
