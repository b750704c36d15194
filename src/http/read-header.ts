/** Names and values in turn. */
type RawFields = readonly string[];

/**
 * Returns the value of a field. Several fields with the same name are joined as service meshes do: with a comma, cookies with a
 * semicolon (RFC 9110 §5.3, RFC 9113 §8.2.3).
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

/** Returns the first cookie of that name, as it was sent. */
export function cookieValue(raw: RawFields, name: string): string | undefined {
  for (const pair of fieldValue(raw, "cookie")?.split(";") ?? []) {
    const equals = pair.indexOf("=");
    if (equals !== -1 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}
