/** Bodies that differ a little in length stay below the limits. */
const AHEAD_FACTOR = 2;
const AHEAD_MARGIN_BYTES = 256 * 1024;

/**
 * Whether a response body is so much longer than the primary's so far, both in bytes, that it exceeds two limits. Once the
 * primary's has ended, it differs in any case and must not cost more.
 */
export function isFarAhead(length: number, primaryLength: number): boolean {
  return length > Math.max(primaryLength * AHEAD_FACTOR, primaryLength + AHEAD_MARGIN_BYTES);
}
