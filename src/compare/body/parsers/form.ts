import { splitLazily } from "../../../lib/split-lazily.ts";
import type { Json } from "../../tree/json-tree.ts";
import { COST, ParseBudget } from "../parse-limits.ts";
import { losslessText } from "./lossless-text.ts";
import { addMember, emptyObject, isPlainName } from "./tree-members.ts";

const [PERCENT, PLUS, SPACE] = [0x25, 0x2b, 0x20];

/**
 * The fields of a form by name (URL Standard, application/x-www-form-urlencoded), in any order. The values of a repeated
 * name stay in order. Fields without a plain name are listed by name under `$odd`.
 */
export function parseForm(text: string, budget = new ParseBudget()): Json {
  const fields = emptyObject();
  const odd: { name: string; value: string }[] = [];
  for (const field of splitLazily(text, "&")) {
    if (field === "") continue;
    budget.take(COST.text);
    const equals = field.indexOf("=");
    const name = decodeFormText(equals === -1 ? field : field.slice(0, equals));
    const value = equals === -1 ? "" : decodeFormText(field.slice(equals + 1));
    if (isPlainName(name)) addMember(fields, name, value);
    else odd.push({ name, value });
  }
  if (odd.length > 0) fields["$odd"] = sortedByName(odd);
  return fields;
}

/** Fields of different names have no order; `toSorted` keeps that of one name. */
export function sortedByName<Field extends { readonly name: string }>(fields: readonly Field[]): Field[] {
  return fields.toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
}

/** Bytes that are not UTF-8 stay distinguishable, see `losslessText`. */
export function decodeFormText(text: string): string {
  if (!/[%+]/.test(text)) return text;
  const bytes = Buffer.from(text);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    let byte = bytes[at] as number;
    if (byte === PLUS) byte = SPACE;
    else if (byte === PERCENT) {
      const digits = bytes.toString("latin1", at + 1, at + 3);
      if (/^[\da-f]{2}$/i.test(digits)) {
        byte = Number.parseInt(digits, 16);
        at += 2;
      }
    }
    bytes[length] = byte;
    length += 1;
  }
  return losslessText(bytes.subarray(0, length));
}
