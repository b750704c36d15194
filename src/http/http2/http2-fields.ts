/** RFC 9113 §8.2.2: make a message malformed. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Fields as HTTP/2 carries them (RFC 9113 §8.2): names in lower case, none that belongs to a connection, TE with its one
 * member only; order, number and values as they are.
 */
export function http2Fields(fields: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index]?.toLowerCase() ?? "";
    const value = fields[index + 1] ?? "";
    if (!FORBIDDEN.has(name) && (name !== "te" || value === "trailers")) kept.push(name, value);
  }
  return kept;
}
