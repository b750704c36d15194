import { SaxesParser, type SaxesTagNS } from "saxes";
import type { Json, JsonObject } from "../../tree/json-tree.ts";
import { MAX_ELEMENTS, MAX_MARKUP_DEPTH, tooDeep, tooManyValues } from "../parse-limits.ts";
import { addContent, type Content } from "./markup-element.ts";
import { addElement, emptyObject } from "./tree-members.ts";

const XMLNS = "http://www.w3.org/2000/xmlns/";
const XML = "http://www.w3.org/XML/1998/namespace";
const UNDEFINED_ENTITY = /undefined entity\.$/;

/** The first error is enough. */
class NotWellFormed extends Error {}

interface Open {
  readonly name: string;
  readonly namespace: string;
  readonly element: JsonObject;
  readonly content: Content[];
}

/**
 * XML as `{ root: … }`: children as lists by local name (`$.order.item[*].price[*]`), `$ns` where the namespace is another
 * one than the parent's, attributes as `@currency` in any order, and see `addContent`. Prefixes and the XML declaration are
 * nothing; CDATA is text; comments are a list `$comments` of the element that they are in, processing instructions lists
 * `?target`; of a document type its text counts, and its entities are never expanded nor fetched: a reference stands for itself.
 * @returns undefined when it is not well-formed
 * @throws ParseLimitError
 */
export function parseXml(text: string): Json | undefined {
  const parser = new SaxesParser({ xmlns: true, position: false });
  const root = emptyObject();
  const open: Open[] = [];
  let elements = 0;
  let declares = false;

  parser.on("error", (error) => {
    if (!declares || !UNDEFINED_ENTITY.test(error.message)) throw new NotWellFormed();
  });
  parser.on("doctype", (doctype) => {
    declares = true;
    root["$doctype"] = doctype.trim();
  });
  parser.on("opentag", (tag) => {
    elements += 1;
    if (elements > MAX_ELEMENTS) throw tooManyValues();
    if (open.length >= MAX_MARKUP_DEPTH) throw tooDeep();
    open.push(opened(tag, open.at(-1)?.namespace ?? ""));
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
    const { name, element, content } = open.pop() as Open;
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

function opened({ local, uri, attributes }: SaxesTagNS, parentNamespace: string): Open {
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
