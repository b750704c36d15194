import { defaultTreeAdapter, parse, type DefaultTreeAdapterTypes as Tree, type TreeAdapter } from "parse5";
import type { Json, JsonObject } from "../../tree/json-tree.ts";
import { MAX_ELEMENTS, MAX_MARKUP_DEPTH, tooDeep, tooManyValues } from "../parse-limits.ts";
import { addContent, type Content } from "./markup-element.ts";
import { addElement, emptyObject, isPlainName } from "./tree-members.ts";

/** There is one of each in any document. */
const SINGLE: ReadonlySet<string> = new Set(["html", "head", "body", "title"]);

/** Elements that begin and end a line (HTML §15.3), so that whitespace at their edges is not seen; `br` ends one, too. */
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
/** HTML §2.3.2: a no-break space is none. */
const RUN = /[ \t\n\f\r]+/g;

/**
 * HTML as a browser builds it (HTML §13.2.6, so that nothing is broken): `$.html.body.div[*]`, attributes as `@class` in any
 * order, comments as a list `$comments` of the element that they are in, and see `addContent`. Whitespace counts as far as it
 * can be seen, see html-space.ts.
 * @throws ParseLimitError
 */
export function parseHtml(text: string): Json {
  const document = parse(text, { treeAdapter: boundedAdapter() });
  const root = emptyObject();
  for (const node of document.childNodes) {
    if (defaultTreeAdapter.isDocumentTypeNode(node)) {
      root["$doctype"] = [node.name, node.publicId, node.systemId].join(" ").trim();
    } else if (defaultTreeAdapter.isCommentNode(node)) addElement(root, "$comments", node.data);
    else if (defaultTreeAdapter.isElementNode(node)) root[node.tagName] = elementOf(node, false);
  }
  return root;
}

/** Recurses no deeper than the adapter lets elements be. */
function elementOf(node: Tree.Element, keepsSpace: boolean): JsonObject {
  const element = emptyObject();
  for (const { name, prefix, value } of node.attrs) {
    const full = prefix === undefined || prefix === "" ? name : `${prefix}:${name}`;
    if (isPlainName(full)) element[`@${full}`] = value;
    else addElement(element, "$odd", [full, value]);
  }
  const inner = keepsSpace || isPreformatted(node.tagName);
  const children = "content" in node ? (node as Tree.Template).content.childNodes : node.childNodes;
  for (const child of children) {
    if (defaultTreeAdapter.isCommentNode(child)) addElement(element, "$comments", child.data);
  }
  return addContent(element, contentOf(node, children, inner));
}

function contentOf(node: Tree.Element, children: readonly Tree.ChildNode[], keepsSpace: boolean): Content[] {
  const nodes = children.filter((child) => !defaultTreeAdapter.isCommentNode(child));
  const content: Content[] = [];
  for (const [at, child] of nodes.entries()) {
    if (defaultTreeAdapter.isTextNode(child)) {
      const [before, after] = [edge(node, nodes[at - 1]), edge(node, nodes[at + 1])];
      const shown = keepsSpace ? child.value : collapseSpace(child.value, before, after);
      if (shown !== "") content.push(shown);
    } else if (defaultTreeAdapter.isElementNode(child)) {
      const { tagName } = child;
      const value = elementOf(child, keepsSpace);
      if (isPlainName(tagName)) content.push({ name: tagName, value, single: SINGLE.has(tagName) });
      else content.push({ name: "$odd", value: { ...value, $name: tagName } });
    }
  }
  return content;
}

/** The name of what a text stands against: a neighbour, or the element that it is in. */
function edge(parent: Tree.Element, neighbour: Tree.ChildNode | undefined): string {
  if (neighbour === undefined) return parent.tagName;
  return defaultTreeAdapter.isElementNode(neighbour) ? neighbour.tagName : "";
}

/** What opens ever deeper, or is opened again and again, costs the parser the square of it. */
function boundedAdapter(): TreeAdapter<Tree.DefaultTreeAdapterMap> {
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

/** Whether whitespace counts as it is within. */
function isPreformatted(tagName: string): boolean {
  return PREFORMATTED.has(tagName);
}

/**
 * A text as it is seen: runs of whitespace are one space, and none at the edge of a block. (What a style sheet says, nobody
 * asks.)
 * @param before what it stands behind: the tag name of an element, empty for none
 */
function collapseSpace(text: string, before: string, after: string): string {
  let shown = text.replaceAll(RUN, " ");
  if (BLOCKS.has(before) && shown.startsWith(" ")) shown = shown.slice(1);
  if (BLOCKS.has(after) && shown.endsWith(" ")) shown = shown.slice(0, -1);
  return shown;
}
