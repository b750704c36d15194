import { SaxesParser, type SaxesTagNS } from "saxes";
import type { Json, JsonObject } from "../../tree/json-tree.ts";
import { MAX_ELEMENTS, MAX_MARKUP_DEPTH, tooDeep, tooManyValues } from "../parse-limits.ts";
import { addContent, type MarkupContent } from "./markup-element.ts";
import { addElement, emptyObject } from "./tree-members.ts";

const XMLNS = "http://www.w3.org/2000/xmlns/";
const XML = "http://www.w3.org/XML/1998/namespace";
const UNDEFINED_ENTITY = /undefined entity\.$/;

/** Ends the parser at the first error. */
class NotWellFormed extends Error {}

interface OpenElement {
  readonly name: string;
  readonly namespace: string;
  readonly element: JsonObject;
  readonly content: MarkupContent[];
}

/**
 * Parses XML to `{ root: … }`: children as lists by local name (`$.order.item[*].price[*]`), `$ns` where the namespace differs
 * from the parent's, attributes as `@currency` in any order; see also `addContent`. Prefixes and the XML declaration are
 * ignored, and CDATA is text. Comments become a list `$comments` of their element, and processing instructions lists
 * `?target`. The text of a document type counts. Its entities are never expanded or fetched: a reference stays as written.
 * @returns undefined when the text is not well-formed
 * @throws ParseLimitError
 */
export function parseXml(text: string): Json | undefined {
  const parser = new SaxesParser({ xmlns: true, position: false });
  const root = emptyObject();
  const open: OpenElement[] = [];
  let elements = 0;
  let hasDoctype = false;

  parser.on("error", (error) => {
    if (!hasDoctype || !UNDEFINED_ENTITY.test(error.message)) throw new NotWellFormed();
  });
  parser.on("doctype", (doctype) => {
    hasDoctype = true;
    root["$doctype"] = doctype.trim();
  });
  parser.on("opentag", (tag) => {
    elements += 1;
    if (elements > MAX_ELEMENTS) throw tooManyValues();
    if (open.length >= MAX_MARKUP_DEPTH) throw tooDeep();
    open.push(openElement(tag, open.at(-1)?.namespace ?? ""));
  });
  const addText = (part: string): void => {
    open.at(-1)?.content.push(part);
  };
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.on("comment", (comment) => addElement(open.at(-1)?.element ?? root, "$comments", comment));
  parser.on("processinginstruction", ({ target, body }) =>
    addElement(open.at(-1)?.element ?? root, `?${target}`, body.trim()),
  );
  parser.on("closetag", () => {
    const { name, element, content } = open.pop() as OpenElement;
    const value = addContent(element, content);
    const parent = open.at(-1);
    if (parent === undefined) root[name] = value;
    else parent.content.push({ name, value });
  });

  try {
    parser.write(text).close();
    return root;
  } catch (error) {
    if (error instanceof NotWellFormed) return undefined;
    throw error;
  }
}

function openElement({ local, uri, attributes }: SaxesTagNS, parentNamespace: string): OpenElement {
  const element = emptyObject();
  if (uri !== parentNamespace) element["$ns"] = uri;
  for (const attribute of Object.values(attributes)) {
    if (attribute.uri === XMLNS) continue;
    element[attributeKey(attribute)] = attribute.value;
  }
  return { name: local, namespace: uri, element, content: [] };
}

function attributeKey({ uri, local }: { readonly uri: string; readonly local: string }): string {
  if (uri === "") return `@${local}`;
  return uri === XML ? `@xml:${local}` : `@{${uri}}${local}`;
}
