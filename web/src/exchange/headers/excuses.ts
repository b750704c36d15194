/** Fields that are never compared: of the connection, of the moment, and those that follow from the body. */
const NOT_COMPARED: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "date",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Why a header field that differs does not count. @param name lower case */
export function headerExcuse(name: string): string {
  return NOT_COMPARED.has(name) ? "never compared" : "same meaning, or ignored by a rule";
}
