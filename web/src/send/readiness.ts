import type { Secrets, SendPreview } from "../data/isolations.ts";

/** These change nothing at the receiver (RFC 9110 §9.2.1). */
const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

/** What the reader has given in the dialog. */
interface Given {
  readonly secrets: Secrets;
  /** The method may be sent although it can change data. */
  readonly hasConsent: boolean;
}

export function needsConsent({ method }: Pick<SendPreview, "method">): boolean {
  return !SAFE_METHODS.has(method);
}

/** Whether a request without the value would be another one: it is a segment of the path, or the body. */
export function isNeeded(place: string): boolean {
  return place === "body" || place.startsWith("path ");
}

/**
 * Whether the request can be sent. `incomplete`: once the reader has allowed the method and typed in what is needed, which may
 * also lift a refusal. `refused`: nothing in the dialog lifts the refusal.
 */
export function readiness(preview: SendPreview, { secrets, hasConsent }: Given): "ready" | "incomplete" | "refused" {
  const { targets, masked, refusal } = preview;
  const needed = masked.filter(isNeeded);
  const isLiftable = targets.length > 0 && (needsConsent(preview) || needed.length > 0);
  if (refusal !== null && !isLiftable) return "refused";
  const isTyped = needed.every((place) => Object.hasOwn(secrets, place) && secrets[place] !== "");
  return isTyped && (hasConsent || !needsConsent(preview)) ? "ready" : "incomplete";
}
