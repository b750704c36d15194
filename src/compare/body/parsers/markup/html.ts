import { defaultTreeAdapter, parse, type DefaultTreeAdapterTypes as Tree, type TreeAdapter } from "parse5";
import type { Json, JsonObject } from "../../../tree/json-tree.ts";
import { COST, MAX_MARKUP_DEPTH, ParseBudget, tooDeep } from "../../parse-limits.ts";
import { addContent, type MarkupContent } from "./markup-element.ts";
import { addElement, emptyObject, isPlainName } from "../tree-members.ts";
import { contentOf, visibleTexts } from "./visible-text.ts";

/** A document has exactly one of each. */
const SINGLE: ReadonlySet<string> = new Set(["html", "head", "body", "title"]);

/**
 * Parses HTML to the tree that a browser builds (HTML §13.2.6), so no document is invalid: `$.html.body.div[*]`, attributes
 * as `@class` in any order, comments as a list `$comments` of their element; see also `addContent`. Only visible whitespace
 * counts (`visibleTexts`).
 * @throws ParseLimitError
 */
export function parseHtml(text: string, budget = new ParseBudget()): Json {
  return htmlTree(parseHtmlDocument(text, budget));
}

/** @throws ParseLimitError */
export function parseHtmlDocument(text: string, budget = new ParseBudget()): Tree.Document {
  return parse(text, { treeAdapter: boundedAdapter(budget) });
}

export function htmlTree(document: Tree.Document): Json {
  const root = emptyObject();
  const texts = visibleTexts(document);
  for (const node of document.childNodes) {
    if (defaultTreeAdapter.isDocumentTypeNode(node)) root["$doctype"] = doctypeText(node);
    else if (defaultTreeAdapter.isCommentNode(node)) addElement(root, "$comments", node.data);
    else if (defaultTreeAdapter.isElementNode(node)) root[node.tagName] = convertElement(node, texts);
  }
  return root;
}

/** The public identifier is empty without the keyword PUBLIC: an empty one has no other meaning (DOM §4.6). */
function doctypeText({ name, publicId, systemId }: Tree.DocumentType): string {
  return publicId === "" && systemId === "" ? name : `${name} ${JSON.stringify([publicId, systemId])}`;
}

type VisibleTexts = ReturnType<typeof visibleTexts>;

/** The recursion is limited by the depth that the adapter allows. */
function convertElement(node: Tree.Element, texts: VisibleTexts): JsonObject {
  const element = emptyObject();
  const odd: [string, string][] = [];
  for (const { name, prefix, value } of node.attrs) {
    const full = prefix === undefined || prefix === "" ? name : `${prefix}:${name}`;
    if (isPlainName(full)) element[`@${full}`] = value;
    else odd.push([full, value]);
  }
  // In any order, like other attributes.
  for (const attribute of odd.toSorted(([one], [other]) => (one < other ? -1 : 1)))
    addElement(element, "$odd", attribute);
  const content: MarkupContent[] = [];
  for (const child of contentOf(node)) {
    if (defaultTreeAdapter.isCommentNode(child)) addElement(element, "$comments", child.data);
    else if (defaultTreeAdapter.isTextNode(child)) content.push(texts.get(child) ?? child.value);
    else if (defaultTreeAdapter.isElementNode(child)) content.push(convertChild(child, texts));
  }
  return addContent(element, content, true);
}

function convertChild(child: Tree.Element, texts: VisibleTexts): MarkupContent {
  const { tagName } = child;
  const value = convertElement(child, texts);
  if (isPlainName(tagName)) return { name: tagName, value, single: SINGLE.has(tagName) };
  return { name: "$odd", value: { ...value, $name: tagName } };
}

/** Limits depth and number of elements: the parser's time grows with the square of both. */
export function boundedAdapter(budget = new ParseBudget()): TreeAdapter<Tree.DefaultTreeAdapterMap> {
  let depth = 0;
  return {
    ...defaultTreeAdapter,
    createElement: (tagName, namespace, attributes) => {
      budget.take(COST.htmlElement + COST.field * attributes.length);
      return defaultTreeAdapter.createElement(tagName, namespace, attributes);
    },
    insertText: (parent, text) => {
      budget.take(COST.word);
      defaultTreeAdapter.insertText(parent, text);
    },
    insertTextBefore: (parent, text, next) => {
      budget.take(COST.word);
      defaultTreeAdapter.insertTextBefore(parent, text, next);
    },
    createCommentNode: (data) => {
      budget.take(COST.text);
      return defaultTreeAdapter.createCommentNode(data);
    },
    onItemPush: () => {
      depth += 1;
      if (depth > MAX_MARKUP_DEPTH) throw tooDeep();
    },
    onItemPop: () => {
      depth -= 1;
    },
  };
}
