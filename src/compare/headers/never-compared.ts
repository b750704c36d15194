/** Date depends on the clock. The others belong to one connection (RFC 9110 §7.6.1) or its framing. */
const NEVER_COMPARED: ReadonlySet<string> = new Set([
  "date",
  "connection",
  "keep-alive",
  "transfer-encoding",
  "te",
  "upgrade",
  "trailer",
]);

/** Whether a field is compared in no message: it depends on the clock, or belongs to one connection. @param name in lower case */
export function isNeverCompared(name: string): boolean {
  return NEVER_COMPARED.has(name) || name.startsWith("proxy-");
}
