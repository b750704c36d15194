import { isSensitiveName } from "../../secrets/sensitive-names.ts";

const TAG_NAME = /<(\/?)([A-Za-z_][\w:.-]{0,99})/y;
const CDATA = "<![CDATA[";
const CDATA_END = "]]>";
const ATTRIBUTE = /([^\s"'<>/=]{1,100})(\s{0,8}=\s{0,8})("[^"]*"|'[^']*'|[^\s"'<>]+)/g;
/** Attributes that say what an element holds. */
const NAMING = /^(?:name|key|id|property|type|http-equiv|itemprop|field|header)$/i;
const HOLDING = /^(?:value|content|data|val)$/i;
/** Attributes of an element with a sensitive name that hold none of it. */
const HARMLESS = /^(?:xmlns|xml|xsi|class|style|type|name|lang|encoding)(?::|$)/i;
/** Elements whose text says what the next element holds. */
const LABEL = /^(?:key|name|dt|th)$/i;
const MAX_LABEL_CHARS = 100;
/** Beyond it, a quote in a tag is taken for an apostrophe. */
const MAX_QUOTED_CHARS = 4_096;
/** How often the text may be passed within quotes that turn out to be in no tag. */
const QUOTED_ROOM = 4;
const ESCAPED_ELEMENT = /(&lt;([A-Za-z][\w:.-]{0,99})(?:\s[^&<>]{0,200})?&gt;\s*)([^&<]+)/g;

/**
 * Replaces what elements of XML and HTML hold under sensitive names: text, CDATA and elements below `<password>`, attributes
 * and text of `<input name="password" value="S">`, and what follows `<key>password</key>`. Takes anything for markup;
 * time grows with the length.
 */
export function maskMarkup(text: string, mask: (value: string) => string): string {
  if (!text.includes("<")) return maskEscaped(text, mask);
  const walk = new TreeWalk(mask);
  const next = createFinder(text);
  const quoted = { room: QUOTED_ROOM * text.length };
  const out: string[] = [];
  let at = 0;
  for (let open = next("<", 0); open !== -1 && at < text.length; open = next("<", at)) {
    if (text.startsWith(CDATA, open)) {
      const start = open + CDATA.length;
      const found = next(CDATA_END, start);
      const end = walk.hides ? (found === -1 ? text.length : found) : start;
      const close = end === found ? CDATA_END : "";
      out.push(walk.text(text.slice(at, open)), CDATA, walk.text(text.slice(start, end)), close);
      at = end + close.length;
      continue;
    }
    TAG_NAME.lastIndex = open;
    const tag = TAG_NAME.exec(text);
    const end = tag === null ? -1 : tagEnd(text, TAG_NAME.lastIndex, next, quoted);
    if (tag === null || end === -1) {
      // A lone `<` is text, and what is before it belongs to the same text.
      out.push(walk.text(text.slice(at, open)), "<");
      at = open + 1;
      continue;
    }
    out.push(walk.text(text.slice(at, open)));
    out.push(walk.tag(text.slice(open, end), tag[2] ?? "", tag[1] === "/"));
    at = end;
  }
  out.push(walk.text(text.slice(at)));
  return maskEscaped(out.join(""), mask);
}

/** Markup that stands in other markup as text. */
function maskEscaped(text: string, mask: (value: string) => string): string {
  if (!text.includes("&lt;")) return text;
  return text.replace(ESCAPED_ELEMENT, (all, tag: string, name: string, value: string) =>
    isSensitiveName(name) && value.trim() !== "" ? tag + mask(value) : all,
  );
}

/** What is open while the tags go by. */
class TreeWalk {
  readonly #mask: (value: string) => string;
  /** The element with a sensitive name that one is in, and how many of its name are open. */
  #secret: { readonly name: string; depth: number } | undefined;
  /** The text up to the next tag is secret. */
  #next = false;
  #label: string | undefined;
  #labelNames = false;

  constructor(mask: (value: string) => string) {
    this.#mask = mask;
  }

  get hides(): boolean {
    return this.#secret !== undefined || this.#next;
  }

  text(text: string): string {
    const trimmed = text.trim();
    if (trimmed === "") return text;
    if (this.#label !== undefined && trimmed.length <= MAX_LABEL_CHARS) this.#labelNames = isSensitiveName(trimmed);
    if (!this.hides) return text;
    const start = text.indexOf(trimmed);
    return text.slice(0, start) + this.#mask(trimmed) + text.slice(start + trimmed.length);
  }

  tag(tag: string, name: string, closing: boolean): string {
    this.#next = false;
    if (closing) this.#close(name);
    return closing ? tag : this.#open(tag, name);
  }

  #close(name: string): void {
    if (this.#label !== name) this.#labelNames = false;
    else if (!this.#labelNames) this.#label = undefined;
    if (this.#secret?.name !== name) return;
    this.#secret.depth -= 1;
    if (this.#secret.depth === 0) this.#secret = undefined;
  }

  #open(tag: string, name: string): string {
    const empty = tag.endsWith("/>");
    const labelled = this.#labelNames && this.#label !== name;
    this.#label = LABEL.test(name) ? name : undefined;
    this.#labelNames = false;
    const sensitive = labelled || isSensitiveName(name.slice(name.indexOf(":") + 1));
    if (this.#secret === undefined) {
      if (sensitive && !empty) this.#secret = { name, depth: 1 };
    } else if (this.#secret.name === name && !empty) this.#secret.depth += 1;
    return this.#attributes(tag, this.#secret !== undefined || sensitive, empty);
  }

  #attributes(tag: string, sensitive: boolean, empty: boolean): string {
    if (!tag.includes("=")) return tag;
    const named = [...tag.matchAll(ATTRIBUTE)].some(
      ([, name = "", , value = ""]) => NAMING.test(name) && isSensitiveName(unquoted(value)),
    );
    if (named && !empty) this.#next = true;
    if (!named && !sensitive) return tag;
    return tag.replace(ATTRIBUTE, (all, name: string, equals: string, value: string) =>
      (sensitive && !HARMLESS.test(name)) || HOLDING.test(name)
        ? `${name}${equals}"${this.#mask(unquoted(value))}"`
        : all,
    );
  }
}

type Finder = (what: "<" | ">" | '"' | "'" | "]]>", from: number) => number;

/** `indexOf` for positions that mostly grow, which reads a text without the sought once and not each time. */
function createFinder(text: string): Finder {
  const known = new Map<string, { from: number; found: number }>();
  return (what, from) => {
    const before = known.get(what);
    if (before !== undefined && from >= before.from && (before.found === -1 || from <= before.found)) {
      return before.found;
    }
    const found = text.indexOf(what, from);
    known.set(what, { from, found });
    return found;
  };
}

/** Behind the `>` that ends a tag, outside of quotes if they pair up; -1 when it is no tag. */
function tagEnd(text: string, from: number, next: Finder, quoted: { room: number }): number {
  const plain = next(">", from);
  if (plain === -1) return -1;
  let at = from;
  for (;;) {
    const [end, open] = [next(">", at), next("<", at)];
    const quotes = [next('"', at), next("'", at)].filter((found) => found !== -1);
    const quote = Math.min(...quotes, text.length);
    if (end === -1) return plain + 1;
    if (end < quote) return open !== -1 && open < end ? -1 : end + 1;
    if (open !== -1 && open < quote) return -1;
    const close = next(text[quote] === '"' ? '"' : "'", quote + 1);
    quoted.room -= Math.max(close, quote) - quote;
    if (close === -1 || close - quote > MAX_QUOTED_CHARS || quoted.room < 0) return plain + 1;
    at = close + 1;
  }
}

function unquoted(value: string): string {
  return /^["']/.test(value) ? value.slice(1, -1) : value;
}
