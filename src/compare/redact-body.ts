import { isSensitiveName } from "../lib/sensitive.ts";
import { endOfString } from "./json.ts";
import type { Redactor } from "./redactor.ts";

const FORM_TYPE = "application/x-www-form-urlencoded";

/** A text body in the form in which it may be stored. @param mediaType without parameters, in lower case */
export function redactText(text: string, mediaType: string, redactor: Redactor): string {
  return redactor.text(mediaType === FORM_TYPE ? redactForm(text, redactor) : text);
}

function redactForm(text: string, redactor: Redactor): string {
  return text
    .split("&")
    .map((field) => {
      const equals = field.indexOf("=");
      if (equals === -1 || !isSensitiveName(formDecoded(field.slice(0, equals)))) return field;
      return `${field.slice(0, equals)}=${redactor.whole(formDecoded(field.slice(equals + 1)))}`;
    })
    .join("&");
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

interface Frame {
  readonly isObject: boolean;
  /** Everything in here stands below a sensitive name. */
  readonly sensitive: boolean;
  expectsKey: boolean;
  keyIsSensitive: boolean;
}

const SCALAR = /[^\s",:[\]{}]+/y;

/**
 * JSON text in the form in which it may be stored: secret values and keys are replaced by fingerprints, everything else
 * keeps its spelling. Works on tokens, so it takes text that was cut anywhere, and any depth.
 */
export function redactJson(text: string, redactor: Redactor): string {
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
        const shown = redactor.key(value, frame.sensitive);
        if (shown !== value) replace(end, JSON.stringify(shown));
        frame.keyIsSensitive = isSensitiveName(value);
        frame.expectsKey = false;
      } else {
        const shown = secret ? redactor.whole(value) : redactor.text(value);
        if (shown !== value) replace(end, JSON.stringify(shown));
      }
      at = end;
    } else if (char === "{" || char === "[") {
      frames.push({ isObject: char === "{", sensitive: secret, expectsKey: char === "{", keyIsSensitive: false });
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
      if (secret && token !== "" && !isLiteral(token)) replace(end, JSON.stringify(redactor.whole(token)));
      at = end;
    }
  }
  out.push(text.slice(written));
  return out.join("");
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
