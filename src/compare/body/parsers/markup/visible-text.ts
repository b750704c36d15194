import { defaultTreeAdapter, type DefaultTreeAdapterTypes as Tree } from "parse5";
import { displayOf, preservesWhitespace } from "./html-display.ts";

/** HTML §2.3.2: a no-break space is not ASCII whitespace. */
const MULTIPLE = /[\t\n\f\r]|  /;
const WHITESPACE_RUN = /[ \t\n\f\r]+/g;

/**
 * What a browser shows of the texts of a document without its style sheets (CSS Text 3 §4.1): a run of whitespace is one space,
 * also across the borders of inline elements, and none at the beginning and end of a line. Where whitespace is preserved, as in
 * `pre`, and in scripts and styles, a text counts as it is.
 * @returns the visible text of each text node that has another value
 */
export function visibleTexts(document: Tree.Document): ReadonlyMap<Tree.TextNode, string> {
  const texts = new Map<Tree.TextNode, string>();
  walk(document.childNodes, new Line(texts), false);
  return texts;
}

/** The recursion is limited by the depth that the parser allows. */
function walk(nodes: readonly Tree.ChildNode[], line: Line, preserves: boolean): void {
  for (const node of nodes) {
    if (defaultTreeAdapter.isTextNode(node)) {
      if (preserves) line.addPreserved(node.value);
      else line.addText(node);
    } else if (defaultTreeAdapter.isElementNode(node)) walkElement(node, line, preserves);
  }
}

function walkElement(element: Tree.Element, line: Line, outerPreserves: boolean): void {
  const display = displayOf(element);
  const preserves = preservesWhitespace(element, outerPreserves);
  let children = contentOf(element);
  if (children !== element.childNodes) {
    walkApart(children, line, preserves);
    children = element.childNodes;
  }
  switch (display) {
    case "inline":
      walk(children, line, preserves);
      return;
    case "quoted":
      line.addAtom();
      walk(children, line, preserves);
      line.addAtom();
      return;
    case "block":
      line.end();
      walk(children, line, preserves);
      line.end();
      return;
    case "break":
      line.end();
      return;
    case "atomic":
    case "none":
      walkApart(children, line, preserves);
      if (display === "atomic") line.addAtom();
  }
}

/** Lays out nodes on lines of their own. */
function walkApart(nodes: readonly Tree.ChildNode[], outer: Line, preserves: boolean): void {
  const line = outer.separate();
  walk(nodes, line, preserves);
  line.end();
}

/** The child nodes of an element; those of a template are in a document of their own. */
export function contentOf(element: Tree.Element): readonly Tree.ChildNode[] {
  return element.tagName === "template" && "content" in element
    ? (element as Tree.Template).content.childNodes
    : element.childNodes;
}

/** The current line of a block, as far as it decides which spaces are visible. */
class Line {
  readonly #texts: Map<Tree.TextNode, string>;
  #isEmpty = true;
  /** The text that ends with the last space, which is invisible if the line ends there. */
  #space: Tree.TextNode | undefined;

  constructor(texts: Map<Tree.TextNode, string>) {
    this.#texts = texts;
  }

  /** A line within an element that is laid out on its own. */
  separate(): Line {
    return new Line(this.#texts);
  }

  addText(node: Tree.TextNode): void {
    let visible = MULTIPLE.test(node.value) ? node.value.replaceAll(WHITESPACE_RUN, " ") : node.value;
    if (visible.startsWith(" ") && (this.#isEmpty || this.#space !== undefined)) visible = visible.slice(1);
    if (visible !== node.value) this.#texts.set(node, visible);
    if (visible === "") return;
    this.#isEmpty = false;
    this.#space = visible.endsWith(" ") ? node : undefined;
  }

  addPreserved(text: string): void {
    if (text === "") return;
    if (text.startsWith("\n")) this.end();
    this.#space = undefined;
    this.#isEmpty = text.endsWith("\n");
  }

  /** An image, a button and the like. */
  addAtom(): void {
    this.#isEmpty = false;
    this.#space = undefined;
  }

  end(): void {
    if (this.#space !== undefined) {
      const visible = this.#texts.get(this.#space) ?? this.#space.value;
      this.#texts.set(this.#space, visible.slice(0, -1));
    }
    this.#isEmpty = true;
    this.#space = undefined;
  }
}
