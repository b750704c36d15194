import type { Json, JsonObject } from "../../tree/json-tree.ts";
import { addElement } from "./tree-members.ts";

/** Represents a child element in a text. Neither XML nor HTML can contain this character. */
const CHILD = "\u0000";

/** A part of an element's content: text or a child element. */
export type MarkupContent =
  | string
  | { readonly name: string; readonly value: Json; /** The document has only one. */ readonly single?: boolean };

/**
 * Adds the content of an HTML or XML element to its object, which already has the attributes. Children become lists by name.
 * `$text` is the text with a placeholder for each child; it is absent when there are children and only blank text between
 * them. `$order` lists the names of the children in document order, each run of one name once, if there is more than one.
 */
export function addContent(element: JsonObject, content: readonly MarkupContent[]): JsonObject {
  let text = "";
  let blank = true;
  const order: string[] = [];
  for (const part of content) {
    if (typeof part === "string") {
      text += part;
      blank &&= part.trim() === "";
      continue;
    }
    text += CHILD;
    if (order.at(-1) !== part.name) order.push(part.name);
    if (part.single === true && element[part.name] === undefined) element[part.name] = part.value;
    else addElement(element, part.name, part.value);
  }
  if (order.length === 0 ? text !== "" : !blank) element["$text"] = text;
  if (order.length > 1) element["$order"] = order;
  return element;
}
