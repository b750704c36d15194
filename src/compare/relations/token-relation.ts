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

/** Whether a text is one random token. Every difference of two texts is examined, so this counts in one pass. */
function isRandom(text: string): boolean {
  if (!TOKEN.test(text)) return false;
  let [digits, letters, changes] = [0, 0, 0];
  /** Of the previous character, unless a change has ended with it: a letter between two digits is one change. */
  let before = OTHER;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    counts[code] = (counts[code] as number) + 1;
    const one = classOf(code);
    if (one === DIGIT) digits += 1;
    else if (one === LETTER) letters += 1;
    const isChange = one + before === DIGIT + LETTER;
    if (isChange) changes += 1;
    before = isChange ? OTHER : one;
  }
  const bits = takeBitsPerChar(text);
  // A word with a numeric suffix changes from letters to digits once, a random token many times.
  return digits >= 2 && letters >= 2 && changes >= text.length / 10 && bits >= RANDOM_BITS;
}

/** Occurrences of each character in the text that is examined. A token is ASCII. */
const counts = new Uint16Array(128);

/** Shannon entropy of the characters. Leaves `counts` empty. */
function takeBitsPerChar(text: string): number {
  let bits = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const share = (counts[code] as number) / text.length;
    if (share > 0) bits -= share * Math.log2(share);
    counts[code] = 0;
  }
  return bits;
}

const [OTHER, DIGIT, LETTER] = [0, 1, 3];

function classOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return DIGIT;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x7a ? LETTER : OTHER;
}
