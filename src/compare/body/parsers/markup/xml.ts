import { SaxesParser, type SaxesTagNS } from "saxes";
import type { Json, JsonObject } from "../../../tree/json-tree.ts";
import { COST, MAX_MARKUP_DEPTH, ParseBudget, tooDeep } from "../../parse-limits.ts";
import { addContent, type MarkupContent } from "./markup-element.ts";
import { isInLine, isPreformatted } from "./html-display.ts";
import { NamespaceScope, resolveAttribute, resolveQualifiedNames } from "./qualified-names.ts";
import { addElement, emptyObject } from "../tree-members.ts";

const XMLNS = "http://www.w3.org/2000/xmlns/";
const XHTML = "http://www.w3.org/1999/xhtml";
const SVG = "http://www.w3.org/2000/svg";
const SVG_TEXTS: ReadonlySet<string> = new Set(["text", "textPath", "tspan"]);
const XML = "http://www.w3.org/XML/1998/namespace";
/** Marks a reference to an entity that is not expanded, which differs from its literal text. XML cannot contain it. */
export const REFERENCE = "\uFFFF";
const ENTITY_NAME = /^[\p{L}_:][\p{L}\p{M}\p{N}\u00B7_:.-]*$/u;

/** Ends the parser at the first error. */
class NotWellFormed extends Error {}

interface OpenElement {
  readonly name: string;
  readonly namespace: string;
  readonly scope: NamespaceScope | undefined;
  readonly keepsBlank: boolean;
  readonly element: JsonObject;
  readonly content: MarkupContent[];
}

/**
 * Parses XML to `{ root: … }`: children as lists by local name (`$.order.item[*].price[*]`), `$ns` where the namespace differs
 * from the parent's, attributes as `@currency` in any order; see also `addContent`. Prefixes and the XML declaration are
 * ignored, names with a prefix in values are resolved (`resolveQualifiedNames`), and CDATA is text. Comments become a list
 * `$comments` of their element, and processing instructions are children `?target`. The text of a document type counts. Its
 * entities are never expanded or fetched: a reference stays as written.
 * @returns undefined when the text is not well-formed
 * @throws ParseLimitError
 */
export function parseXml(text: string, budget = new ParseBudget()): Json | undefined {
  const root = emptyObject();
  const content: MarkupContent[] = [];
  const open: OpenElement[] = [];
  const addText = (part: string): void => {
    open.at(-1)?.content.push(part);
  };
  const isWellFormed = readXml(
    text,
    {
      doctype: (doctype) => {
        root["$doctype"] = doctype.trim();
      },
      openTag: (tag) => open.push(openElement(tag, open.at(-1))),
      text: addText,
      cdata: addText,
      comment: (comment) => addElement(open.at(-1)?.element ?? root, "$comments", comment),
      instruction: (target, body) => (open.at(-1)?.content ?? content).push({ name: `?${target}`, value: body }),
      closeTag: () => {
        const closed = open.pop() as OpenElement;
        const parent = open.at(-1)?.content;
        (parent ?? content).push({ name: closed.name, value: closeElement(closed), single: parent === undefined });
      },
    },
    budget,
  );
  return isWellFormed ? addContent(root, content, false) : undefined;
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
export function readXml(text: string, reader: XmlReader, budget = new ParseBudget()): boolean {
  const parser = new SaxesParser({ xmlns: true, position: false });
  let depth = 0;
  parser.on("error", () => {
    throw new NotWellFormed();
  });
  parser.on("doctype", (doctype) => {
    // Only the document type can declare further entities.
    parser.ENTITIES = new Proxy(parser.ENTITIES, { get: unexpandedEntity });
    reader.doctype(doctype);
  });
  parser.on("opentag", (tag) => {
    budget.take(COST.element);
    depth += 1;
    if (depth > MAX_MARKUP_DEPTH) throw tooDeep();
    reader.openTag(tag);
  });
  parser.on("attribute", () => budget.take(COST.field));
  parser.on("closetag", (tag) => {
    depth -= 1;
    reader.closeTag(tag);
  });
  parser.on("xmldecl", ({ version }) => reader.declaration?.(version));
  parser.on("text", reader.text);
  parser.on("cdata", reader.cdata);
  parser.on("comment", (comment) => {
    budget.take(COST.text);
    reader.comment(comment);
  });
  parser.on("processinginstruction", ({ target, body }) => {
    budget.take(COST.text);
    reader.instruction(target, body);
  });
  try {
    parser.write(text).close();
    return true;
  } catch (error) {
    if (error instanceof NotWellFormed) return false;
    throw error;
  }
}

function unexpandedEntity(predefined: Record<string, string>, name: string): string | undefined {
  return predefined[name] ?? (ENTITY_NAME.test(name) ? `${REFERENCE}&${name};` : undefined);
}

function openElement({ local, uri, ns, attributes }: SaxesTagNS, parent: OpenElement | undefined): OpenElement {
  const element = emptyObject();
  if (uri !== (parent?.namespace ?? "")) element["$ns"] = uri;
  const declared = Object.entries(ns);
  const scope = declared.length === 0 ? parent?.scope : new NamespaceScope(new Map(declared), parent?.scope);
  let keepsBlank = (parent?.keepsBlank ?? false) || (uri === XHTML && isPreformatted(local));
  for (const attribute of Object.values(attributes)) {
    if (attribute.uri === XMLNS) continue;
    const key = attributeKey(attribute);
    element[key] = resolveAttribute(attribute, uri, scope);
    // XML 1.0 §2.10
    if (key === "@xml:space") keepsBlank = attribute.value === "preserve";
  }
  return { name: local, namespace: uri, scope, keepsBlank, element, content: [] };
}

function closeElement({ name, element, namespace, content, keepsBlank, scope }: OpenElement): JsonObject {
  const hasLines = namespace === XHTML || (namespace === SVG && SVG_TEXTS.has(name));
  if (hasLines && !keepsBlank) addContent(element, withVisibleSpace(content), true);
  else addContent(element, content, keepsBlank);
  const { $text } = element;
  if (typeof $text === "string") element["$text"] = resolveQualifiedNames($text, scope);
  return element;
}

/** Content whose text is all blank keeps only the spaces between elements that are in one line of text. */
function withVisibleSpace(content: readonly MarkupContent[]): readonly MarkupContent[] {
  const texts = content.filter((part) => typeof part === "string");
  if (texts.length === content.length || texts.some((text) => /[^ \t\r\n]/.test(text))) return content;
  const visible: MarkupContent[] = [];
  let hasSpace = false;
  let isAfterInline = false;
  for (const part of content) {
    if (typeof part === "string") {
      hasSpace ||= part !== "";
      continue;
    }
    const isInline = isInLine(part.name);
    if (hasSpace && isAfterInline && isInline) visible.push(" ");
    visible.push(part);
    [hasSpace, isAfterInline] = [false, isInline];
  }
  return visible;
}

function attributeKey({ uri, local }: { readonly uri: string; readonly local: string }): string {
  if (uri === "") return `@${local}`;
  return uri === XML ? `@xml:${local}` : `@{${uri}}${local}`;
}
