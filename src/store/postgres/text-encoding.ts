import { hash } from "node:crypto";
import type { TemplatePosition } from "../../model/views/templates.ts";

/** The control character SUBSTITUTE. It introduces the code of a unit that PostgreSQL does not store, or of itself. */
const ESCAPE = "\u001A";
const CODE_DIGITS = 4;
const HEXADECIMAL = 16;

/**
 * Encodes text for a column of PostgreSQL, which stores neither NUL nor half of a surrogate pair. Equal texts have equal codes, and
 * only texts with such units differ from theirs. JSON needs no encoding: `JSON.stringify` escapes these units.
 */
export function encodeText(text: string): string {
  if (text.isWellFormed() && !text.includes("\0") && !text.includes(ESCAPE)) return text;
  return Array.from(text, (character) => {
    if (character.isWellFormed() && character !== "\0" && character !== ESCAPE) return character;
    return ESCAPE + character.charCodeAt(0).toString(HEXADECIMAL).padStart(CODE_DIGITS, "0");
  }).join("");
}

export function decodeText(code: string): string {
  const [first = "", ...escaped] = code.split(ESCAPE);
  const others = escaped.map((part) => {
    const unit = String.fromCharCode(Number.parseInt(part.slice(0, CODE_DIGITS), HEXADECIMAL));
    return unit + part.slice(CODE_DIGITS);
  });
  return first + others.join("");
}

/** The digest that identifies a path segment in `learned_template` and `kept_apart`. */
export function positionDigest({ route, method, parent }: TemplatePosition): string {
  return hash("sha256", JSON.stringify([route, method, parent]), "base64url");
}

/** The digest that identifies an endpoint of a run in `endpoint`. @param name method and path template */
export function endpointDigest(candidate: string, route: string, name: string): string {
  return hash("sha256", JSON.stringify([candidate, route, name]), "base64url");
}
