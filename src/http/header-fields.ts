/** Names and values in turn. */
type RawFields = readonly string[];

/**
 * The value of a field; of several fields with one name the values, joined as the meshes join them: with a comma, cookies
 * with a semicolon (RFC 9110 §5.3, RFC 9113 §8.2.3).
 * @param name in lower case
 */
export function fieldValue(raw: RawFields, name: string): string | undefined {
  let joined: string | undefined;
  for (let index = 0; index < raw.length; index += 2) {
    const other = raw[index] ?? "";
    if (other.length !== name.length || other.toLowerCase() !== name) continue;
    const value = raw[index + 1] ?? "";
    joined = joined === undefined ? value : `${joined}${name === "cookie" ? "; " : ","}${value}`;
  }
  return joined;
}

/** The first cookie of that name, as it was sent. */
export function cookieValue(raw: RawFields, name: string): string | undefined {
  for (const pair of fieldValue(raw, "cookie")?.split(";") ?? []) {
    const equals = pair.indexOf("=");
    if (equals !== -1 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}

/** The first query parameter of that name, byte for byte: percent-encodings stay, as in Envoy's matching. */
export function queryValue(target: string, name: string): string | undefined {
  const start = target.indexOf("?");
  if (start === -1) return undefined;
  for (const pair of target.slice(start + 1).split("&")) {
    const equals = pair.indexOf("=");
    if ((equals === -1 ? pair : pair.slice(0, equals)) === name) return equals === -1 ? "" : pair.slice(equals + 1);
  }
  return undefined;
}

/** A request target without its query. */
export function pathOf(target: string): string {
  const query = target.indexOf("?");
  return query === -1 ? target : target.slice(0, query);
}
