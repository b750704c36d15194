import type { Random } from "./random.ts";

export interface HtmlElement {
  readonly tag: string;
  readonly attributes: readonly (readonly [name: string, value: string])[];
  readonly children: readonly HtmlNode[];
}

export type HtmlNode = string | HtmlElement | { readonly comment: string };

export interface HtmlDocument {
  readonly doctype: string;
  readonly title: string;
  readonly before: readonly HtmlNode[];
  readonly body: HtmlElement;
}

const BLOCKS = [
  "div",
  "p",
  "p",
  "h2",
  "section",
  "ul",
  "dl",
  "table",
  "pre",
  "details",
  "fieldset",
  "custom-block",
] as const;
const INLINES = ["a", "b", "b", "i", "span", "span", "code", "label", "button", "custom-el", "q"] as const;
const ATOMS = [
  "br",
  "br",
  "img",
  "input",
  "textarea",
  "select",
  "script",
  "style",
  "template",
  "svg",
  "math",
  "link",
  "canvas",
] as const;
/** Which children an element gets instead of any. */
const CHILDREN: Readonly<Record<string, readonly string[]>> = {
  ul: ["li"],
  dl: ["dt", "dd"],
  table: ["tbody", "tr", "caption"],
  tbody: ["tr"],
  tr: ["td", "td", "th"],
  select: ["option"],
  svg: ["g", "text", "title", "path"],
  g: ["text", "path"],
  text: ["tspan"],
  math: ["mi", "mo"],
  details: ["summary", "p"],
  fieldset: ["legend", "p"],
};
const VOID = new Set(["br", "img", "input", "wbr", "link", "hr", "path"]);
const TEXT_ONLY = new Set(["textarea", "script", "style", "option", "title", "mi", "mo"]);
/** A browser lays them out in its own way, whatever is declared. */
const STYLED_APART = new Set(["math", "option", "select"]);
/** Their text would be lost or move. */
const NO_TEXT = new Set(["details", "fieldset", "ul", "dl", "table", "tbody", "tr", "select", "svg", "g", "math"]);
const TEXTS = [
  "x",
  "y",
  "x y",
  "x  y",
  "x\ny",
  " x",
  "x ",
  "\u00a0",
  " \u00a0",
  "\u2003",
  "<",
  "&",
  "é",
  "&nbsp;",
  "\t",
  "a < b",
] as const;
const BLANKS = [" ", " ", "\n", "\n  ", "\t", "  "] as const;
const ATTRIBUTES: readonly (readonly [string, readonly string[]])[] = [
  ["class", ["x", "y", "x y", ""]],
  ["title", ["x", "a\u00a0b", "a b", "a  b", '"', "'", "&", "<"]],
  ["id", ["1", "2"]],
  ["data-x", ["", "1"]],
  ["x'y", ["1", "2"]],
  [
    "style",
    [
      "white-space: pre",
      "WHITE-SPACE:normal",
      "display: inline-block",
      "display:block",
      "color: red; display: none",
      "display: inline",
    ],
  ],
  ["hidden", [""]],
  ["open", [""]],
  ["type", ["hidden", "text", "HIDDEN"]],
];

export function randomHtml(random: Random): HtmlDocument {
  return {
    doctype: random.chance(0.85)
      ? "html"
      : random.pick(["", 'html PUBLIC "x"', 'html SYSTEM "x"', 'html PUBLIC "x" "y"']),
    title: random.pick(["", "x", " x  y ", "\u00a0x"]),
    before: random.chance(0.1) ? [{ comment: random.pick(["", "x"]) }] : [],
    body: {
      tag: "body",
      attributes: randomAttributes("body", random),
      children: random.list(6, () => randomNode("body", random, 3), 1),
    },
  };
}

function randomNode(parent: string, random: Random, depth: number): HtmlNode {
  const allowsText = !NO_TEXT.has(parent);
  if (TEXT_ONLY.has(parent) || (allowsText && (depth === 0 || random.chance(0.25)))) return random.pick(TEXTS);
  if (random.chance(0.3)) return random.pick(BLANKS);
  if (random.chance(0.06)) return { comment: random.pick(["", "x", " y "]) };
  return randomElement(random.pick(CHILDREN[parent] ?? anyChild(parent, random)), random, depth - 1);
}

function anyChild(parent: string, random: Random): readonly string[] {
  if (random.chance(0.2)) return ATOMS;
  const isPhrase = isInline(parent) || parent === "p" || parent === "tspan";
  return random.chance(isPhrase ? 0.05 : 0.4) ? BLOCKS : INLINES;
}

function isInline(tag: string): boolean {
  return (INLINES as readonly string[]).includes(tag);
}

function randomElement(tag: string, random: Random, depth: number): HtmlElement {
  const count = VOID.has(tag) ? 0 : random.below(depth <= 0 ? 3 : 5);
  const children =
    depth < 0 && NO_TEXT.has(tag) ? [] : Array.from({ length: count }, () => randomNode(tag, random, depth));
  return { tag, attributes: randomAttributes(tag, random), children };
}

function randomAttributes(tag: string, random: Random): HtmlElement["attributes"] {
  if (random.chance(0.7)) return [];
  const allowed = ATTRIBUTES.filter(([name]) => name !== "style" || !STYLED_APART.has(tag));
  const names = random.shuffled(allowed).slice(0, 1 + random.below(2));
  return names.map(([name, values]) => [name, random.pick(values)]);
}

/** One change somewhere in the document. */
export function changeHtml(document: HtmlDocument, random: Random): HtmlDocument {
  if (random.chance(0.03)) return { ...document, doctype: randomHtml(random).doctype };
  if (random.chance(0.03)) return { ...document, title: randomHtml(random).title };
  return { ...document, body: changeElement(document.body, random) };
}

function changeElement(element: HtmlElement, random: Random): HtmlElement {
  const { tag, children } = element;
  const inner = children.flatMap((node, at) => (typeof node === "object" && "tag" in node ? [{ node, at }] : []));
  const chosen = inner[random.below(inner.length + 1)];
  if (chosen !== undefined && random.chance(0.75)) {
    return { ...element, children: children.toSpliced(chosen.at, 1, changeElement(chosen.node, random)) };
  }
  const how = random.below(10);
  if (how === 0 && isInline(tag)) return { ...element, tag: random.pick(INLINES) };
  if (how < 3) return { ...element, attributes: randomAttributes(tag, random) };
  if (VOID.has(tag)) return element;
  const create = (): HtmlNode => randomNode(tag, random, 1);
  return { ...element, children: random.changed(children, create, (node) => changeNode(node, tag, random)) };
}

function changeNode(node: HtmlNode, parent: string, random: Random): HtmlNode {
  if (typeof node === "string") {
    if (NO_TEXT.has(parent)) return random.pick(BLANKS);
    const at = random.below(node.length + 1);
    if (random.chance(0.6)) return node.slice(0, at) + random.pick([" ", "\n", "\u00a0", "x"]) + node.slice(at);
    return random.pick(random.chance(0.5) ? TEXTS : BLANKS);
  }
  return "tag" in node ? changeElement(node, random) : { comment: `${node.comment}x` };
}
