import { percentDecoded } from "../../../secrets/sensitive-names.ts";
import type { Json } from "../../tree/json-tree.ts";
import { addElement, addMember, emptyObject, isPlainName } from "./tree-members.ts";

/**
 * HeaderMap of a form (URL Standard, application/x-www-form-urlencoded) by name, in any order; a name that is there more than
 * once has its values in order. What has no plain name stands below `$odd` as it is.
 */
export function parseForm(text: string): Json {
  const fields = emptyObject();
  for (const field of text.split("&")) {
    if (field === "") continue;
    const equals = field.indexOf("=");
    const name = decoded(equals === -1 ? field : field.slice(0, equals));
    const value = equals === -1 ? "" : decoded(field.slice(equals + 1));
    if (isPlainName(name)) addMember(fields, name, value);
    else addElement(fields, "$odd", equals === -1 ? name : `${name}=${value}`);
  }
  return fields;
}

function decoded(text: string): string {
  return percentDecoded(text.replaceAll("+", " "));
}
