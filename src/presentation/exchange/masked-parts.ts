import type { RawHeaders } from "../../model/capture.ts";
import type { MaskedPart } from "../../model/replay/recording.ts";
import { FINGERPRINT, type Sample } from "../../model/sample.ts";

/** Without a length, their bodies were sent in chunks. */
const METHODS_WITH_BODY: ReadonlySet<string> = new Set(["PATCH", "POST", "PUT"]);

/** What a stored request does not have as it was sent: values that were replaced by fingerprints, and its body. */
export function maskedParts({ method, target, headers }: Pick<Sample, "method" | "target" | "headers">): MaskedPart[] {
  return [
    ...(target.includes(FINGERPRINT) ? (["target"] as const) : []),
    ...(headers.some((text) => text.includes(FINGERPRINT)) ? (["headers"] as const) : []),
    ...(hadBody(method, headers) ? (["body"] as const) : []),
  ];
}

function hadBody(method: string, headers: RawHeaders): boolean {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === "content-length");
  return at === -1 ? METHODS_WITH_BODY.has(method) : headers[at + 1]?.trim() !== "0";
}
