import { XmlC14NMode, XmlDocument } from "libxml2-wasm";
import { XML, XSI } from "./random-xml.ts";

/** What follows from Canonical XML 1.1 for each element, after the normalizations below. */
type Content = string | { readonly name: string; readonly value: unknown };

interface Open {
  readonly scope: ReadonlyMap<string, string>;
  readonly preserves: boolean;
  readonly name: string;
  readonly attributes: readonly string[];
  readonly content: Content[];
  readonly comments: string[];
}

const MARKUP = /<!--([^]*?)-->|<\?([^\s?]+) ?([^]*?)\?>|<\/[^>]*>|<([^\s>]+)((?: [^\s=]+="[^"]*")*)>|([^<]+)/g;
const ATTRIBUTE = / ([^\s=]+)="([^"]*)"/g;
const DOCTYPE = /<!DOCTYPE\s*([^>]*?)\s*>/;
const NAME_IN_CONTENT = /(^|[^\p{L}\p{M}\p{N}\u00b7_.:-]|::)([\p{L}_][\p{L}\p{M}\p{N}\u00b7_.-]*):(?=[\p{L}_])/gu;

/**
 * Canonical XML 1.1 with comments, as libxml2 writes it, with these normalizations: names, and names in content with a declared
 * prefix, have their URIs instead of prefixes, and other namespace declarations are left out; blank text between elements and
 * processing instructions is left out if their parent has no other text, except below `xml:space="preserve"`; the comments of an
 * element have an order of their own. The text of the document type, which Canonical XML leaves out, is added.
 * @throws where the text is not well-formed
 */
export function canonicalXml(text: string): string {
  const document = XmlDocument.fromString(text);
  try {
    const canonical = document.canonicalizeToString({ mode: XmlC14NMode.XML_C14N_1_1, withComments: true });
    return JSON.stringify([DOCTYPE.exec(text)?.[1] ?? "", normalized(canonical)]);
  } finally {
    document.dispose();
  }
}

function normalized(canonical: string): unknown {
  const root: Open = { scope: new Map(), preserves: false, name: "", attributes: [], content: [], comments: [] };
  const open = [root];
  for (const [markup, comment, target, data, tag, attributes = "", text] of canonical.matchAll(MARKUP)) {
    const parent = open.at(-1) as Open;
    if (comment !== undefined) parent.comments.push(comment);
    else if (target !== undefined) parent.content.push({ name: `?${target}`, value: data });
    else if (text !== undefined) parent.content.push(unescaped(text));
    else if (tag !== undefined) open.push(opened(tag, attributes, parent));
    else if (markup.startsWith("</")) {
      open.pop();
      (open.at(-1) as Open).content.push({ name: parent.name, value: closed(parent) });
    }
  }
  return closed(root);
}

function opened(tag: string, written: string, parent: Open): Open {
  const attributes = [...written.matchAll(ATTRIBUTE)].map(
    ([, name = "", value = ""]) => [name, unescaped(value)] as const,
  );
  const scope = new Map(parent.scope);
  for (const [name, value] of attributes) {
    if (name === "xmlns") scope.set("", value);
    else if (name.startsWith("xmlns:")) scope.set(name.slice(6), value);
  }
  const own = attributes
    .filter(([name]) => !/^xmlns(?::|$)/.test(name))
    .map(([name, value]) => [expanded(name, scope, ""), value] as const);
  const space = own.find(([name]) => name === `{${XML}}space`)?.[1];
  return {
    scope,
    preserves: space === undefined ? parent.preserves : space === "preserve",
    name: expanded(tag, scope, scope.get("") ?? ""),
    attributes: own.map(([name, value]) => `${name}=${attributeValue(name, value, scope)}`).toSorted(),
    content: [],
    comments: [],
  };
}

function attributeValue(name: string, value: string, scope: ReadonlyMap<string, string>): string {
  const resolved = namesResolved(value, scope);
  const uri = scope.get("") ?? "";
  const isName = name === `{${XSI}}type` && uri !== "";
  if (!isName) return resolved;
  // Several names, which the type of one element cannot be, are in the default namespace each.
  return resolved
    .split(/(\s+)/)
    .map((one) => (/^[\p{L}_][\p{L}\p{N}_.-]*$/u.test(one) ? `«${uri}»${one}` : one))
    .join("");
}

function expanded(name: string, scope: ReadonlyMap<string, string>, noPrefix: string): string {
  const [prefix, local] = name.includes(":") ? name.split(":", 2) : ["", name];
  if (prefix === "xml") return `{${XML}}${local}`;
  return `{${prefix === "" ? noPrefix : scope.get(prefix ?? "")}}${local}`;
}

/** The guillemets occur in no document. */
function namesResolved(text: string, scope: ReadonlyMap<string, string>): string {
  return text.replaceAll(NAME_IN_CONTENT, (written, before: string, prefix: string) => {
    const uri = scope.get(prefix);
    return uri === undefined ? written : `${before}«${uri}»`;
  });
}

function closed({ name, attributes, content, comments, scope, preserves }: Open): unknown {
  const isBlank = content.every((part) => typeof part !== "string" || /^[ \t\r\n]*$/.test(part));
  const hasChildren = content.some((part) => typeof part !== "string");
  const kept = isBlank && hasChildren && !preserves ? content.filter((part) => typeof part !== "string") : content;
  // The characters on both sides of a child are not one name.
  const text = namesResolved(kept.map((part) => (typeof part === "string" ? part : "\0")).join(""), scope);
  const children = kept.filter((part) => typeof part !== "string");
  return [name, attributes, children, name === "" ? "" : text, comments];
}

function unescaped(text: string): string {
  return text.replaceAll(/&(?:(lt|gt|amp|quot)|#x([\dA-F]+));/g, (_, name: string | undefined, code: string) => {
    return name === undefined ? String.fromCodePoint(Number.parseInt(code, 16)) : (LITERALS[name] as string);
  });
}

const LITERALS: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"' };
