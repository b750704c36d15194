import type { Random } from "./random.ts";

/** A text of which some parts are names, so that each spelling can use prefixes of its own. */
export type Value = readonly (string | ExpandedName)[];

export interface ExpandedName {
  readonly uri: string;
  readonly local: string;
}

interface Attribute extends ExpandedName {
  readonly value: Value;
}

export interface XmlElement extends ExpandedName {
  readonly attributes: readonly Attribute[];
  readonly children: readonly XmlNode[];
}

export type XmlNode =
  | { readonly element: XmlElement }
  | { readonly text: Value }
  | { readonly comment: string }
  | { readonly target: string; readonly data: string };

export interface XmlDocument {
  readonly doctype: string;
  readonly before: readonly XmlNode[];
  readonly root: XmlElement;
  readonly after: readonly XmlNode[];
}

const URIS = ["", "urn:1", "urn:1", "urn:2"] as const;
const NAMES = ["a", "b", "b", "c"] as const;
export const XML = "http://www.w3.org/XML/1998/namespace";
export const XSI = "http://www.w3.org/2001/XMLSchema-instance";
const TEXTS = [
  " ",
  " ",
  "\n  ",
  "\t",
  "\r",
  "\u00a0",
  "\u2003",
  "x",
  "y",
  "x y",
  "<&>",
  "]]>",
  '"',
  "'",
  "p:a",
  "q:b",
  "p:1",
  "p::a",
  "child::p:a/q:b",
  "http://p:a",
  "{urn:1}a",
  "{urn:1}1",
  "{p:a}",
  "&#32;",
  "é",
  "𝄞",
] as const;
const BLANKS = [" ", " ", "\n", "\t ", "\u00a0"] as const;
const DATA = ["", "x", "x ", "x  y", "?", "p:a", "<&"] as const;

export function randomXml(random: Random): XmlDocument {
  return {
    doctype: random.chance(0.1) ? random.pick(["a", "b", 'a SYSTEM "x.dtd"', 'a PUBLIC "-//x" "x.dtd"']) : "",
    before: random.chance(0.2) ? random.list(2, () => miscellaneous(random)) : [],
    root: randomElement(random, 3),
    after: random.chance(0.2) ? random.list(2, () => miscellaneous(random)) : [],
  };
}

function randomElement(random: Random, depth: number): XmlElement {
  const attributes = random.list(2, () => randomAttribute(random));
  return {
    uri: random.pick(URIS),
    local: random.pick(NAMES),
    attributes: attributes.filter((one, at) => attributes.findIndex((other) => isSameName(one, other)) === at),
    children: random.list(depth === 0 ? 2 : 4, () => randomNode(random, depth)),
  };
}

function isSameName(one: ExpandedName, other: ExpandedName): boolean {
  return one.uri === other.uri && one.local === other.local;
}

function randomAttribute(random: Random): Attribute {
  if (random.chance(0.15))
    return { uri: XML, local: "space", value: [random.pick(["preserve", "preserve", "default"])] };
  if (random.chance(0.15)) return { uri: XSI, local: "type", value: [randomName(random)] };
  if (random.chance(0.05)) return { uri: XML, local: "lang", value: [random.pick(["en", "de"])] };
  return { uri: random.pick(URIS), local: random.pick(NAMES), value: randomValue(random) };
}

function randomName(random: Random): ExpandedName {
  return { uri: random.pick(URIS), local: random.pick(NAMES) };
}

function randomValue(random: Random): Value {
  if (random.chance(0.3)) return [randomName(random)];
  return random.list(3, () => (random.chance(0.1) ? randomName(random) : random.pick(TEXTS)));
}

function randomNode(random: Random, depth: number): XmlNode {
  if (depth > 0 && random.chance(0.55)) return { element: randomElement(random, depth - 1) };
  if (random.chance(0.35)) return { text: [random.pick(BLANKS)] };
  return random.chance(0.5) ? { text: randomValue(random) } : miscellaneous(random);
}

function miscellaneous(random: Random): XmlNode {
  const data = random.pick(DATA);
  return random.chance(0.6) ? { comment: data } : { target: random.pick(["s", "t"]), data };
}

/** One change somewhere in the document. */
export function changeXml(document: XmlDocument, random: Random): XmlDocument {
  if (random.chance(0.04)) return { ...document, before: document.after, after: document.before };
  if (random.chance(0.02)) return { ...document, doctype: random.pick(["", "a", "b"]) };
  return { ...document, root: changeElement(document.root, random) };
}

function changeElement(element: XmlElement, random: Random): XmlElement {
  const { children } = element;
  const elements = children.flatMap((node, at) => ("element" in node ? [{ at, child: node.element }] : []));
  const inner = elements[random.below(elements.length + 1)];
  if (inner !== undefined && random.chance(0.7)) {
    return { ...element, children: children.toSpliced(inner.at, 1, { element: changeElement(inner.child, random) }) };
  }
  const how = random.below(12);
  if (how === 0) return { ...element, uri: random.pick(URIS) };
  if (how === 1) return { ...element, local: random.pick(NAMES) };
  if (how < 5) return changeAttributes(element, random);
  const create = (): XmlNode => randomNode(random, 1);
  return { ...element, children: random.changed(children, create, (node) => changeNode(node, random)) };
}

function changeAttributes(element: XmlElement, random: Random): XmlElement {
  const changed = random.changed(
    element.attributes,
    () => randomAttribute(random),
    (one) =>
      random.chance(0.5) ? { ...one, value: changeValue(one.value, random) } : { ...one, uri: random.pick(URIS) },
  );
  const isValid = changed.every(
    (one, at) =>
      changed.findIndex((other) => isSameName(one, other)) === at &&
      (one.uri !== XML || one.local === "lang" || (one.local === "space" && isSpaceValue(one.value))),
  );
  return isValid ? { ...element, attributes: changed } : element;
}

function isSpaceValue(value: Value): boolean {
  return value.length === 1 && (value[0] === "preserve" || value[0] === "default");
}

function changeNode(node: XmlNode, random: Random): XmlNode {
  if ("element" in node) return { element: changeElement(node.element, random) };
  if ("text" in node) return { text: changeValue(node.text, random) };
  if ("target" in node && random.chance(0.5)) return { ...node, data: `${node.data} `.replace(/^ $|  $/, "x") };
  return miscellaneous(random);
}

function changeValue(value: Value, random: Random): Value {
  const create = (): string | ExpandedName => (random.chance(0.2) ? randomName(random) : random.pick(TEXTS));
  return random.changed(value, create, (part) => {
    if (typeof part === "string") return create();
    return random.chance(0.3) ? `{${part.uri}}${part.local}` : { ...part, uri: random.pick(URIS) };
  });
}
