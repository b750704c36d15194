import type { Json, JsonObject } from "../../tree/json-tree.ts";
import { addElement } from "./tree-members.ts";

/** Stands in a text for a child element; neither XML nor HTML can hold this character. */
const CHILD = "\u0000";

/** Part of an element's content: text, or a child. */
export type Content =
  | string
  | { readonly name: string; readonly value: Json; /** There can be one only. */ readonly single?: boolean };

/**
 * An element of HTML or XML as an object, which has its attributes already. Children are lists by name. `$text` is its text,
 * with a mark where a child stands; without it when there are children and all text between them is blank. `$order` tells in
 * which order children of several names stand, runs of one name as one.
 */
export function addContent(element: JsonObject, content: readonly Content[]): JsonObject {
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
