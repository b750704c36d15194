const UUID = /^\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?$/i;
/** Hexadecimal, base 32, base 58, base 64 and base64url, with prefixes and separators. */
const TOKEN = /^[\w+/=.:-]{16,512}$/;
const FINGERPRINT = /^\[redacted:[\da-f]{8}\]$/;
/** Bits per character. Words repeat letters and sequential numbers repeat digits, so both have less entropy. */
const RANDOM_BITS = 3;

export function bothUuids(a: string, b: string): boolean {
  return UUID.test(a) && UUID.test(b);
}

/**
 * Whether two texts are random tokens: long, with mixed letters and digits, and of similar length. The fingerprints of two
 * secrets count too.
 */
export function bothRandom(a: string, b: string): boolean {
  if (FINGERPRINT.test(a) && FINGERPRINT.test(b)) return true;
  return Math.abs(a.length - b.length) <= Math.max(a.length, b.length) / 8 && isRandom(a) && isRandom(b);
}

function isRandom(text: string): boolean {
  if (!TOKEN.test(text)) return false;
  const digits = text.replaceAll(/\D/g, "").length;
  const letters = text.replaceAll(/[^A-Za-z]/g, "").length;
  // A word with a numeric suffix changes from letters to digits once, a random token many times.
  const changes = text.match(/[A-Za-z]\d|\d[A-Za-z]/g)?.length ?? 0;
  return digits >= 2 && letters >= 2 && changes >= text.length / 10 && bitsPerChar(text) >= RANDOM_BITS;
}

/** Shannon entropy of the characters. */
function bitsPerChar(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  return [...counts.values()].reduce((bits, count) => bits - (count / text.length) * Math.log2(count / text.length), 0);
}
