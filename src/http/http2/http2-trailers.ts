import type { OutgoingHttpHeaders } from "node:http2";
import { http2Fields } from "./http2-fields.ts";

/** Trailer fields in the form in which node:http2 takes them; fields of one name stay apart, in their order. */
export function http2Trailers(raw: readonly string[]): OutgoingHttpHeaders {
  const trailers = Object.create(null) as Record<string, string[]>;
  const fields = http2Fields(raw);
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? "";
    // A trailer that looks like a pseudo-header would make the whole section malformed (RFC 9113 §8.1).
    if (!name.startsWith(":")) (trailers[name] ??= []).push(fields[index + 1] ?? "");
  }
  return trailers;
}
