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
  const root = emptyObject();
  const open: OpenElement[] = [];
  const addText = (part: string): void => {
    open.at(-1)?.content.push(part);
  };
  const isWellFormed = readXml(text, {
    doctype: (doctype) => {
      root["$doctype"] = doctype.trim();
    },
    openTag: (tag) => open.push(openElement(tag, open.at(-1)?.namespace ?? "")),
    text: addText,
    cdata: addText,
    comment: (comment) => addElement(open.at(-1)?.element ?? root, "$comments", comment),
    instruction: (target, body) => addElement(open.at(-1)?.element ?? root, `?${target}`, body.trim()),
    closeTag: () => {
      const { name, element, content } = open.pop() as OpenElement;
      const value = addContent(element, content);
      const parent = open.at(-1);
      if (parent === undefined) root[name] = value;
      else parent.content.push({ name, value });
    },
  });
  return isWellFormed ? root : undefined;
}

/** Receives the parts of an XML document in order. */
export interface XmlReader {
  readonly declaration?: (version: string | undefined) => void;
  readonly doctype: (doctype: string) => void;
  readonly openTag: (tag: SaxesTagNS) => void;
  readonly text: (text: string) => void;
  readonly cdata: (text: string) => void;
  readonly comment: (comment: string) => void;
  readonly instruction: (target: string, body: string) => void;
  readonly closeTag: (tag: SaxesTagNS) => void;
}

/**
 * Reads a document, without entity expansion.
 * @returns whether the text is well-formed
 * @throws ParseLimitError
 */
export function readXml(text: string, reader: XmlReader): boolean {
  const parser = new SaxesParser({ xmlns: true, position: false });
  let elements = 0;
  let depth = 0;
  let hasDoctype = false;

  parser.on("error", (error) => {
    if (!hasDoctype || !UNDEFINED_ENTITY.test(error.message)) throw new NotWellFormed();
  });
  parser.on("doctype", (doctype) => {
    hasDoctype = true;
    reader.doctype(doctype);
  });
  parser.on("opentag", (tag) => {
    elements += 1;
    depth += 1;
    if (elements > MAX_ELEMENTS) throw tooManyValues();
    if (depth > MAX_MARKUP_DEPTH) throw tooDeep();
    reader.openTag(tag);
  });
  parser.on("closetag", (tag) => {
    depth -= 1;
    reader.closeTag(tag);
  });
  parser.on("xmldecl", ({ version }) => reader.declaration?.(version));
  parser.on("text", reader.text);
  parser.on("cdata", reader.cdata);
  parser.on("comment", reader.comment);
  parser.on("processinginstruction", ({ target, body }) => reader.instruction(target, body));
  try {
    parser.write(text).close();
    return true;
  } catch (error) {
    if (error instanceof NotWellFormed) return false;
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
