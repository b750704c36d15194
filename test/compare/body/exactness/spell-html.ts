import type { HtmlDocument, HtmlElement, HtmlNode } from "./random-html.ts";
import type { Random } from "./random.ts";

const VOID = new Set(["br", "img", "input", "wbr", "link", "hr"]);
const RAW = new Set(["script", "style"]);
const PREFORMATTED = new Set(["pre", "textarea", "script", "style"]);
/** Elements whose end tag may be missing in front of the next one of the same kind. */
const IMPLIED: Readonly<Record<string, string>> = {
  li: "li",
  dt: "dd",
  dd: "dt",
  tr: "tr",
  td: "td",
  option: "option",
};
/** Whitespace next to their tags is rarely visible. */
const BLOCKS = new Set(
  "body div p h2 section ul li dl dt dd table tbody tr td th caption details summary fieldset legend option".split(" "),
);
const BLANKS = ["", "", " ", "\n", "\n    "] as const;

/** One of many spellings of a document: case, quotes, references, order of attributes, optional tags, whitespace. */
export function spellHtml({ doctype, title, before, body }: HtmlDocument, random: Random): string {
  const nodes = new Speller(random);
  const head = `<title>${nodes.text(title)}</title>`;
  const content = nodes.element(body, false, undefined);
  const prolog = doctype === "" ? "" : `<!${random.pick(["DOCTYPE", "doctype"])} ${doctype}>${random.pick(BLANKS)}`;
  const comments = before.map((node) => nodes.node(node, false, undefined)).join("");
  const rest = random.pick([
    `<html><head>${head}</head>${content}</html>`,
    `<html>\n<head>\n${head}\n</head>\n${content}\n</html>\n`,
    head + content,
    `<HTML>${head}${content}`,
  ]);
  return prolog + comments + rest;
}

class Speller {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  node(node: HtmlNode, isPreformatted: boolean, next: HtmlNode | undefined): string {
    if (typeof node === "string") return this.text(isPreformatted ? node : this.#respaced(node));
    return "tag" in node ? this.element(node, isPreformatted, next) : `<!--${node.comment}-->`;
  }

  element({ tag, attributes, children }: HtmlElement, outer: boolean, next: HtmlNode | undefined): string {
    const random = this.#random;
    const isPreformatted = outer || PREFORMATTED.has(tag) || attributes.some(([name]) => name === "style");
    const name = random.chance(0.1) ? tag.toUpperCase() : tag;
    const blank = (): string => (BLOCKS.has(tag) && !isPreformatted ? random.pick(BLANKS) : "");
    const written = random.shuffled(attributes).map((one) => ` ${this.#attribute(one)}`);
    const start = `${outer ? "" : blank()}<${name}${written.join("")}${random.pick(["", "", " ", "\n"])}>`;
    if (VOID.has(tag)) return start;
    const isRaw = RAW.has(tag) || tag === "textarea";
    const ordered = isRaw
      ? children
      : random.reordered(children, (node) => typeof node === "object" && "comment" in node);
    const content = ordered.map((child, at) =>
      RAW.has(tag) && typeof child === "string" ? child : this.node(child, isPreformatted, ordered[at + 1]),
    );
    const isImplied = typeof next === "object" && "tag" in next && (next.tag === tag || next.tag === IMPLIED[tag]);
    const end = isImplied && IMPLIED[tag] !== undefined && random.chance(0.5) ? "" : `</${name}>`;
    return `${start}${blank()}${content.join("")}${blank()}${end}${outer ? "" : blank()}`;
  }

  text(text: string): string {
    return text.replaceAll(/./gsu, (one) => this.#character(one));
  }

  #respaced(text: string): string {
    return text.replaceAll(/[ \t\n]+/g, (run) =>
      this.#random.chance(0.4) ? this.#random.pick([" ", "\n", " \t "]) : run,
    );
  }

  #character(one: string): string {
    const isReference = one === "<" || one === "&" || (one === "\u00a0" && this.#random.chance(0.5));
    if (!isReference && !this.#random.chance(0.03)) return one;
    const code = one.codePointAt(0) ?? 0;
    const named = { "<": "&lt;", "&": "&amp;", "\u00a0": "&nbsp;" }[one];
    return this.#random.pick([named ?? `&#${code};`, `&#${code};`, `&#x${code.toString(16)};`]);
  }

  #attribute([name, value]: readonly [string, string]): string {
    const random = this.#random;
    const written = random.chance(0.1) ? name.toUpperCase() : name;
    if (value === "" && random.chance(0.5)) return written;
    const spelled = this.text(value);
    if (/^[\w-]+$/.test(spelled) && random.chance(0.4)) return `${written}=${spelled}`;
    return random.chance(0.5)
      ? `${written}="${spelled.replaceAll('"', "&quot;")}"`
      : `${written} = '${spelled.replaceAll("'", "&#39;")}'`;
  }
}
