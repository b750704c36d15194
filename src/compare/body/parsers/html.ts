import { defaultTreeAdapter, parse, type DefaultTreeAdapterTypes as Tree, type TreeAdapter } from "parse5";
import type { Json, JsonObject } from "../../tree/json-tree.ts";
import { MAX_ELEMENTS, MAX_MARKUP_DEPTH, tooDeep, tooManyValues } from "../parse-limits.ts";
import { addContent, type MarkupContent } from "./markup-element.ts";
import { addElement, emptyObject, isPlainName } from "./tree-members.ts";

/** A document has exactly one of each. */
const SINGLE: ReadonlySet<string> = new Set(["html", "head", "body", "title"]);

/** Elements that begin and end a line (HTML §15.3), so whitespace at their edges is invisible. `br` ends a line too. */
const BLOCKS: ReadonlySet<string> = new Set(
  (
    "html head body title meta link base style script noscript template address article aside blockquote br center dd " +
    "details dialog dir div dl dt fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr legend " +
    "li main menu nav ol optgroup option p pre search section select summary table caption colgroup col tbody thead tfoot " +
    "tr td th ul"
  ).split(" "),
);
const PREFORMATTED: ReadonlySet<string> = new Set([
  "pre",
  "textarea",
  "script",
  "style",
  "listing",
  "xmp",
  "plaintext",
]);
/** HTML §2.3.2: a no-break space is not ASCII whitespace. */
const WHITESPACE_RUN = /[ \t\n\f\r]+/g;

/**
 * Parses HTML to the tree that a browser builds (HTML §13.2.6), so no document is invalid: `$.html.body.div[*]`, attributes
 * as `@class` in any order, comments as a list `$comments` of their element; see also `addContent`. Only visible whitespace
 * counts.
 * @throws ParseLimitError
 */
export function parseHtml(text: string): Json {
  return htmlTree(parseHtmlDocument(text));
}

/** @throws ParseLimitError */
export function parseHtmlDocument(text: string): Tree.Document {
  return parse(text, { treeAdapter: boundedAdapter() });
}

export function htmlTree(document: Tree.Document): Json {
  const root = emptyObject();
  for (const node of document.childNodes) {
    if (defaultTreeAdapter.isDocumentTypeNode(node)) {
      root["$doctype"] = [node.name, node.publicId, node.systemId].join(" ").trim();
    } else if (defaultTreeAdapter.isCommentNode(node)) addElement(root, "$comments", node.data);
    else if (defaultTreeAdapter.isElementNode(node)) root[node.tagName] = convertElement(node, false);
  }
  return root;
}

/** The recursion is limited by the depth that the adapter allows. */
function convertElement(node: Tree.Element, keepsWhitespace: boolean): JsonObject {
  const element = emptyObject();
  for (const { name, prefix, value } of node.attrs) {
    const full = prefix === undefined || prefix === "" ? name : `${prefix}:${name}`;
    if (isPlainName(full)) element[`@${full}`] = value;
    else addElement(element, "$odd", [full, value]);
  }
  const inner = keepsWhitespace || isPreformatted(node.tagName);
  const children = "content" in node ? (node as Tree.Template).content.childNodes : node.childNodes;
  for (const child of children) {
    if (defaultTreeAdapter.isCommentNode(child)) addElement(element, "$comments", child.data);
  }
  return addContent(element, convertContent(node, children, inner));
}

function convertContent(
  node: Tree.Element,
  children: readonly Tree.ChildNode[],
  keepsWhitespace: boolean,
): MarkupContent[] {
  const nodes = children.filter((child) => !defaultTreeAdapter.isCommentNode(child));
  const content: MarkupContent[] = [];
  for (const [at, child] of nodes.entries()) {
    if (defaultTreeAdapter.isTextNode(child)) {
      const [before, after] = [adjacentTag(node, nodes[at - 1]), adjacentTag(node, nodes[at + 1])];
      const visible = keepsWhitespace ? child.value : collapseWhitespace(child.value, before, after);
      if (visible !== "") content.push(visible);
    } else if (defaultTreeAdapter.isElementNode(child)) {
      const { tagName } = child;
      const value = convertElement(child, keepsWhitespace);
      if (isPlainName(tagName)) content.push({ name: tagName, value, single: SINGLE.has(tagName) });
      else content.push({ name: "$odd", value: { ...value, $name: tagName } });
    }
  }
  return content;
}

/** The tag name next to a text: that of its neighbor, or of its parent at the edge; empty for a neighbor without one. */
function adjacentTag(parent: Tree.Element, neighbor: Tree.ChildNode | undefined): string {
  if (neighbor === undefined) return parent.tagName;
  return defaultTreeAdapter.isElementNode(neighbor) ? neighbor.tagName : "";
}

/** Limits depth and number of elements: the parser's time grows with the square of both. */
export function boundedAdapter(): TreeAdapter<Tree.DefaultTreeAdapterMap> {
  let depth = 0;
  let elements = 0;
  return {
    ...defaultTreeAdapter,
    createElement: (...parts) => {
      elements += 1;
      if (elements > MAX_ELEMENTS) throw tooManyValues();
      return defaultTreeAdapter.createElement(...parts);
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

/** Whether all whitespace inside the element is visible. */
function isPreformatted(tagName: string): boolean {
  return PREFORMATTED.has(tagName);
}

/**
 * The visible text: each run of whitespace becomes one space, and whitespace at the edge of a block disappears. Style sheets
 * are not considered.
 * @param before the tag name in front of the text; empty for none
 */
function collapseWhitespace(text: string, before: string, after: string): string {
  let visible = text.replaceAll(WHITESPACE_RUN, " ");
  if (BLOCKS.has(before) && visible.startsWith(" ")) visible = visible.slice(1);
  if (BLOCKS.has(after) && visible.endsWith(" ")) visible = visible.slice(0, -1);
  return visible;
}
