import { escapeText } from "../text/terminal-text.ts";

/** What XML 1.0 §2.2 forbids and `escapeText` leaves. */
const NOT_XML = /[\uFFFE\uFFFF]/g;
const SPECIAL = /[&<>"']/g;

/** A captured text for an element or an attribute. Control characters, which XML cannot contain, become `\x1b`. */
export function xmlText(text: string): string {
  return escapeText(text)
    .replace(NOT_XML, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
    .replace(SPECIAL, (character) => `&#${character.codePointAt(0)};`);
}

/** The attributes of a tag, each after a space. */
export function xmlAttributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${xmlText(String(value))}"`)
    .join("");
}
