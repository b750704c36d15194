import { isEpoch, toInstant } from "../relations/instant.ts";

/** What a text looks like. */
export type TextForm = "empty" | "number" | "date" | "uuid" | "hex" | "e-mail" | "token" | "text";

/** Longer texts are prose or documents. */
const MAX_CHARS = 512;
const NUMBER = /^-?(?:0|[1-9]\d{0,30})(?:\.\d{1,30})?$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const HEX = /^(?=[^\d]*\d)[0-9a-f]{8,}$/i;
const E_MAIL = /^[^\s@<>]{1,64}@[^\s@<>]{1,255}$/;
/** Base 64 and its relatives: long, one word, with letters and digits. */
const TOKEN = /^(?=[^\d]*\d)(?=[^A-Za-z]*[A-Za-z])[\w+/.~-]{16,}={0,2}$/;

/** @param instant the time that the text represents */
export function textForm(text: string, instant = toInstant(text)): TextForm {
  if (text === "") return "empty";
  if (text.length > MAX_CHARS) return "text";
  const first = text.charCodeAt(0);
  const startsWithDigit = first >= 0x30 && first <= 0x39;
  if ((startsWithDigit || first === 0x2d) && NUMBER.test(text)) return "number";
  if (instant !== undefined && !isEpoch(text)) return "date";
  if (text.length < 8) return text.includes("@") && E_MAIL.test(text) ? "e-mail" : "text";
  if (UUID.test(text)) return "uuid";
  if (HEX.test(text)) return "hex";
  if (text.includes("@")) return E_MAIL.test(text) ? "e-mail" : "text";
  return TOKEN.test(text) ? "token" : "text";
}
