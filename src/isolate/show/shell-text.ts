import { quote } from "shlex";
import { FINGERPRINT } from "../../model/sample.ts";

const REDACTED = /\[redacted:[^\]]{0,20}\]/;
const PLAIN = /^[\x20-\x7e]*$/;
/** Letters and digits of all scripts, which neither hide nor reorder anything on a screen. */
const READABLE = /^[\x20-\x7e\p{L}\p{N}]*$/u;
const HEX = 16;

/**
 * Quotes bytes for bash, zsh and ksh (POSIX.1-2024 has `$'…'` for all shells), so that a terminal shows them unchanged.
 * @param bytes one character per byte
 */
function quoteBytes(bytes: string): string {
  if (PLAIN.test(bytes)) return quote(bytes);
  const text = Buffer.from(bytes, "latin1").toString("utf8");
  if (READABLE.test(text) && Buffer.from(text).toString("latin1") === bytes) return quote(text);
  const escaped = bytes.replaceAll(/[^\x20-\x7e]|['\\]/g, (byte) =>
    byte === "'" || byte === "\\" ? `\\${byte}` : `\\x${byte.charCodeAt(0).toString(HEX).padStart(2, "0")}`,
  );
  return `$'${escaped}'`;
}

/**
 * One word of a shell: what is secret becomes a variable to fill in.
 * @param masked one character per byte, with fingerprints
 * @param variable the name of the variable for the fingerprint at this position of the text, counted from 0
 */
export function shellWord(masked: string, variable: (index: number, before: string) => string): string {
  if (!masked.includes(FINGERPRINT)) return quoteBytes(masked);
  const words: string[] = [];
  let before = "";
  masked.split(new RegExp(REDACTED, "g")).forEach((text, index) => {
    if (index > 0) words.push(`"$${variable(index - 1, before)}"`);
    if (text !== "") words.push(quoteBytes(text));
    before = text;
  });
  return words.join("");
}

/** The name of a variable: upper case, digits and underscores, such as `COOKIE_SID`. Never one that a shell or a program uses. */
export function variableName(kind: string, name: string): string {
  const words = name.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_");
  return `${kind}_${words.replaceAll(/^_|_$/g, "") || "1"}`;
}
