import { isSensitiveName } from "../../secrets/sensitive-names.ts";
import { endOfString } from "../tree/parse-json.ts";
import { isPairName, isPairValue } from "./name-value.ts";
import type { Masker } from "./secret-masker.ts";

interface Frame {
  readonly isObject: boolean;
  /** Everything in here stands below a sensitive name. */
  readonly sensitive: boolean;
  /** One member says that another is a secret. */
  readonly namesSecret: boolean;
  expectsKey: boolean;
  keyIsSensitive: boolean;
}

const SCALAR = /[^\s",:[\]{}]+/y;

/**
 * JSON text in the form in which it may be stored: secret values and keys are replaced by fingerprints, everything else
 * keeps its spelling. Works on tokens, so it takes text that was cut anywhere, and any depth.
 */
export function redactJson(text: string, masker: Masker): string {
  const named = objectsNamingSecrets(text);
  const frames: Frame[] = [];
  const out: string[] = [];
  /** Up to where the original text is already written. */
  let written = 0;
  let at = 0;
  const replace = (end: number, replacement: string): void => {
    out.push(text.slice(written, at), replacement);
    written = end;
  };

  while (at < text.length) {
    const frame = frames.at(-1);
    const secret = frame !== undefined && (frame.sensitive || frame.keyIsSensitive);
    const char = text[at];
    if (char === '"') {
      const quote = endOfString(text, at);
      const end = quote === -1 ? text.length : quote + 1;
      const value = stringValue(text.slice(at, end), quote !== -1);
      if (frame?.isObject === true && frame.expectsKey) {
        const shown = masker.key(value, frame.sensitive);
        if (shown !== value) replace(end, JSON.stringify(shown));
        frame.keyIsSensitive = isSensitiveName(value) || (frame.namesSecret && isPairValue(value));
        frame.expectsKey = false;
      } else {
        const shown = secret ? masker.whole(value) : masker.text(value);
        if (shown !== value) replace(end, JSON.stringify(shown));
      }
      at = end;
    } else if (char === "{" || char === "[") {
      const isObject = char === "{";
      const namesSecret = named.has(at);
      frames.push({ isObject, sensitive: secret, namesSecret, expectsKey: isObject, keyIsSensitive: false });
      at += 1;
    } else if (char === "}" || char === "]") {
      frames.pop();
      at += 1;
    } else if (char === ",") {
      if (frame?.isObject === true) {
        frame.expectsKey = true;
        frame.keyIsSensitive = false;
      }
      at += 1;
    } else {
      SCALAR.lastIndex = at;
      const token = SCALAR.exec(text)?.[0] ?? "";
      const end = at + Math.max(1, token.length);
      if (secret && token !== "" && !isLiteral(token)) replace(end, JSON.stringify(masker.whole(token)));
      at = end;
    }
  }
  out.push(text.slice(written));
  return out.join("");
}

const STRUCTURE = /["{}[\],]/g;
const COLON = /\s{0,100}:/y;

/** Where the objects begin that are like `{"name": "password", "value": "S"}`, in whatever order. */
function objectsNamingSecrets(text: string): ReadonlySet<number> {
  const found = new Set<number>();
  const open: number[] = [];
  /** The member whose value comes next says what another one holds. */
  let names = false;
  STRUCTURE.lastIndex = 0;
  for (let token = STRUCTURE.exec(text); token !== null; token = STRUCTURE.exec(text)) {
    const at = token.index;
    if (token[0] === '"') {
      const quote = endOfString(text, at);
      if (quote === -1) break;
      STRUCTURE.lastIndex = quote + 1;
      COLON.lastIndex = quote + 1;
      const value = stringValue(text.slice(at, quote + 1), true);
      if (COLON.test(text)) names = isPairName(value);
      else if (names && isSensitiveName(value)) found.add(open.at(-1) ?? 0);
    } else {
      names = false;
      if (token[0] === "{" || token[0] === "[") open.push(at);
      else if (token[0] !== ",") open.pop();
    }
  }
  return found;
}

/** `true`, `false` and `null` tell nothing worth hiding, and show that something is there. */
function isLiteral(token: string): boolean {
  return token === "true" || token === "false" || token === "null";
}

/** What a string token means; a token that was cut or is not valid stands for its own characters. */
function stringValue(token: string, complete: boolean): string {
  if (!complete) return token.slice(1);
  if (!token.includes("\\")) return token.slice(1, -1);
  try {
    return JSON.parse(token) as string;
  } catch {
    return token.slice(1, -1);
  }
}
