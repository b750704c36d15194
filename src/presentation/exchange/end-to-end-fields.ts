import type { RawHeaders } from "../../model/capture.ts";

/** Hop-by-hop fields (RFC 9110 §7.6.1), fields that frame the body, which is not stored, and the mark of mirrored requests. */
const OMITTED_FIELDS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "shadowdiff-hop",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** The fields that a client has sent for the request itself: without those of its connection. */
export function endToEndFields(headers: RawHeaders): readonly (readonly [name: string, value: string])[] {
  const fields = Array.from(
    { length: Math.floor(headers.length / 2) },
    (_, at) => [headers[2 * at] ?? "", headers[2 * at + 1] ?? ""] as const,
  );
  const named = fields
    .filter(([name]) => name.toLowerCase() === "connection")
    .flatMap(([, value]) => value.toLowerCase().split(","))
    .map((name) => name.trim());
  const omitted = new Set([...OMITTED_FIELDS, ...named]);
  return fields.filter(([name]) => !omitted.has(name.toLowerCase()));
}
