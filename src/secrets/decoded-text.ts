import { foldableCharacters, foldedCharacter, hasFoldable } from "./folded-text.ts";

/** A text with its escapes decoded, and the position of each of its characters in the original text. */
export interface DecodedText {
  readonly text: string;
  /** Start of each character in the original text, and the original length at the end. Undefined: nothing was decoded. */
  readonly starts: Uint32Array | undefined;
}

/** JSON in JSON in a query string has three layers; each layer costs one pass. */
const MAX_LAYERS = 8;
/** Escapes of JSON and JavaScript, HTML and XML, URLs, quoted-printable, and lines that go on in the next one. Each alternative has a bounded length. */
const ESCAPE =
  /\\(?:u\{([\da-f]{1,6})\}|u((?:0000)?[\da-f]{4})|x([\da-f]{2})|([0-3][0-7]{2})|(["'`\\/nrt .:=#_-])|(\r?\n[ \t]{0,80}))|&#(?:x([\da-f]{1,8})|(\d{1,9}));?|&([a-z]{2,7});|&(quot|amp|lt|gt|nbsp)|%u([\da-f]{4})|((?:%[c-f][\da-f](?:%[89ab][\da-f]){1,3})|%[\da-f]{2})|=([2-7][\da-f]|\r?\n)/gi;
const MAY_HAVE_ESCAPE = /[\\&%]|=(?:3D|\r?\n)/;
const NAMED: Readonly<Record<string, string>> = {
  quot: '"',
  apos: "'",
  amp: "&",
  lt: "<",
  gt: ">",
  nbsp: " ",
  ensp: " ",
  emsp: " ",
  thinsp: " ",
  colon: ":",
  equals: "=",
  lpar: "(",
  rpar: ")",
  lbrace: "{",
  lcub: "{",
  rbrace: "}",
  rcub: "}",
  lbrack: "[",
  lsqb: "[",
  rbrack: "]",
  rsqb: "]",
  comma: ",",
  semi: ";",
  sol: "/",
  bsol: "\\",
  period: ".",
  lowbar: "_",
  hyphen: "-",
  dash: "-",
  num: "#",
  percnt: "%",
  commat: "@",
  quest: "?",
  excl: "!",
  grave: "`",
  vert: "|",
  tab: "\t",
  newline: "\n",
  shy: "",
  zwnj: "",
  zwj: "",
};
const CONTROL_ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** The text itself, then the text with one more layer of escapes decoded each, until nothing is left to decode. */
export function decodedLayers(text: string): readonly DecodedText[] {
  const layers: DecodedText[] = [{ text, starts: undefined }];
  for (let last = layers[0] as DecodedText; layers.length <= MAX_LAYERS;) {
    const next = decodeOnce(last);
    if (next === undefined) break;
    layers.push(next);
    last = next;
  }
  const folded = foldedOnce(layers.at(-1) as DecodedText);
  if (folded !== undefined) layers.push(folded);
  return layers;
}

/** A short text, such as a name, with all layers of escapes decoded. */
export function fullyDecoded(text: string): string {
  return MAY_HAVE_ESCAPE.test(text) ? (decodedLayers(text).at(-1)?.text ?? text) : text;
}

function decodeOnce(layer: DecodedText): DecodedText | undefined {
  return MAY_HAVE_ESCAPE.test(layer.text) ? replacedOnce(layer, layer.text.matchAll(ESCAPE), decodedEscape) : undefined;
}

function foldedOnce(layer: DecodedText): DecodedText | undefined {
  if (!hasFoldable(layer.text)) return undefined;
  return replacedOnce(layer, foldableCharacters(layer.text), ([character]) => foldedCharacter(character));
}

function replacedOnce(
  { text, starts: before }: DecodedText,
  matches: Iterable<RegExpExecArray>,
  decode: (match: RegExpExecArray) => string | undefined,
): DecodedText | undefined {
  const starts = new Uint32Array(text.length + 1);
  const out: string[] = [];
  let length = 0;
  let done = 0;
  const originalOf = (at: number): number => before?.[at] ?? at;
  const keepUntil = (end: number): void => {
    out.push(text.slice(done, end));
    for (let at = done; at < end; at += 1) starts[length++] = originalOf(at);
  };
  let found = false;
  for (const match of matches) {
    const decoded = decode(match);
    if (decoded === undefined) continue;
    found = true;
    keepUntil(match.index);
    out.push(decoded);
    for (let unit = 0; unit < decoded.length; unit += 1) starts[length++] = originalOf(match.index);
    done = match.index + match[0].length;
  }
  if (!found) return undefined;
  keepUntil(text.length);
  starts[length] = originalOf(text.length);
  return { text: out.join(""), starts };
}

function decodedEscape(match: RegExpExecArray): string | undefined {
  const [
    ,
    braced,
    unicode,
    hex,
    octal,
    literal,
    lineEnd,
    xmlHex,
    xmlDecimal,
    named,
    legacy,
    percentU,
    percent,
    printable,
  ] = match;
  if (literal !== undefined) return CONTROL_ESCAPES[literal] ?? literal;
  if (lineEnd !== undefined || printable?.endsWith("\n") === true) return "";
  if (percent !== undefined) return percentDecoded(percent);
  const hexadecimal = braced ?? unicode ?? hex ?? xmlHex ?? percentU ?? printable;
  if (hexadecimal !== undefined) return characterOf(Number.parseInt(hexadecimal, 16));
  if (octal !== undefined) return characterOf(Number.parseInt(octal, 8));
  if (xmlDecimal !== undefined) return characterOf(Number.parseInt(xmlDecimal, 10));
  return NAMED[(named ?? legacy ?? "").toLowerCase()];
}

function characterOf(code: number): string | undefined {
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : undefined;
}

/** A text without its percent-encoding (RFC 3986 §2.1). A percent sign that begins no escape stays. */
export function percentDecoded(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replaceAll(/%([0-9a-f]{2})/gi, (_, digits: string) =>
      String.fromCodePoint(Number.parseInt(digits, 16)),
    );
  }
}
