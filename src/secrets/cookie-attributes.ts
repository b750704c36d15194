/** RFC 6265 §4.1.1 and its successors: attributes without secrets … */
const ATTRIBUTE = /^(?:path|domain|expires|max-age|samesite|priority)\s*=|^(?:httponly|secure|partitioned)$/i;
/** … and those whose value means nothing. */
const FLAG = /^(?:httponly|secure|partitioned)(?=\s*=)/i;

/**
 * Masks what may be secret in an attribute of a Set-Cookie line. An attribute that no standard defines may be anything.
 * @param attribute the text between two semicolons
 * @param visible masks secrets in the text of a known attribute
 * @param hide masks a text as a whole
 */
export function maskCookieAttribute(
  attribute: string,
  visible: (text: string) => string,
  hide: (text: string) => string,
): string {
  const text = attribute.trim();
  if (text === "") return attribute;
  if (ATTRIBUTE.test(text)) {
    const equals = attribute.indexOf("=") + 1;
    return attribute.slice(0, equals) + (equals === 0 ? attribute : visible(attribute.slice(equals)));
  }
  return ` ${FLAG.exec(text)?.[0] ?? hide(text)}`;
}
