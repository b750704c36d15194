import type { z } from "zod";

const OUTSIDE_BYTES = /[\u0100-\uffff]/;
const BASE64_BYTES = 3;
const BASE64_CHARACTERS = 4;

/** A header text with one character per byte. Most have that already; one with any other character is encoded as UTF-8. */
export function headerText(text: string): string {
  return OUTSIDE_BYTES.test(text) ? utf8Text(text) : text;
}

/** A text encoded as UTF-8, one character per byte. */
export function utf8Text(text: string): string {
  return Buffer.from(text).toString("latin1");
}

/** @returns undefined if the text is not base64 */
export function decodeBase64(text: string): Buffer | undefined {
  const digits = text.replace(/={1,2}$/, "");
  const bytes = Buffer.from(digits, "base64");
  // One digit alone has no byte.
  if (digits.length % BASE64_CHARACTERS === 1) return undefined;
  return bytes.length === Math.floor((digits.length * BASE64_BYTES) / BASE64_CHARACTERS) ? bytes : undefined;
}

/** The first problem of a record: `request.method: expected string, received number`. */
export function issueText({ issues }: z.ZodError): string {
  const [issue] = issues;
  const path = issue?.path.join(".") ?? "";
  const message = issue?.message.replace(/^Invalid input: /, "") ?? "";
  return path === "" ? message : `${path}: ${message}`;
}
