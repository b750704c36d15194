import { ElementOrder } from "../../../tree/element-order.ts";
import type { Json, JsonObject } from "../../../tree/json-tree.ts";
import { addElement } from "../tree-members.ts";

/** Represents a child in a text. Neither XML nor HTML can contain this character. */
const CHILD = "\u0000";
/** XML 1.0 §2.3. A no-break space is a character like any other. */
const BLANK = /^[ \t\r\n]*$/;

/** A part of an element's content: text, or a child, which is an element or a processing instruction. */
export type MarkupContent =
  | string
  | { readonly name: string; readonly value: Json; /** The document has only one. */ readonly single?: boolean };

/**
 * Adds the content of an HTML or XML element to its object, which already has the attributes. Children become lists by name.
 * `$text` is the text with a placeholder for each child. `$order` is the sequence of the children's names, if there is more
 * than one name.
 * @param keepsBlank whether blank text counts even if there is no other text between the children
 */
export function addContent(element: JsonObject, content: readonly MarkupContent[], keepsBlank: boolean): JsonObject {
  let text = "";
  let isBlank = true;
  let children = 0;
  let isMixed = false;
  let firstName = "";
  for (const part of content) {
    if (typeof part === "string") {
      text += part;
      isBlank &&= BLANK.test(part);
      continue;
    }
    text += CHILD;
    if (children === 0) firstName = part.name;
    else isMixed ||= part.name !== firstName;
    children += 1;
    if (part.single === true && element[part.name] === undefined) element[part.name] = part.value;
    else addElement(element, part.name, part.value);
  }
  const isVisible = children === 0 ? text !== "" : text.length > children && (keepsBlank || !isBlank);
  if (isVisible) element["$text"] = text;
  if (isMixed) element["$order"] = orderOf(content);
  return element;
}

function orderOf(content: readonly MarkupContent[]): ElementOrder {
  const order = new ElementOrder();
  for (const part of content) if (typeof part !== "string") order.push(part.name);
  return order;
}
