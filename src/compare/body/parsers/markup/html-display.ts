import { html, type DefaultTreeAdapterTypes as Tree } from "parse5";

/** How an element takes part in the lines of text around it. */
export type Display =
  | "inline"
  /** Begins and ends a line. */
  | "block"
  /** Ends a line. */
  | "break"
  /** Inline, between quotation marks. */
  | "quoted"
  /** Stands in a line like a character, with lines of its own inside. */
  | "atomic"
  /** Not shown. */
  | "none";

/** The style sheet of browsers (HTML §15.3). An element that is not listed is inline. */
const DISPLAYS: ReadonlyMap<string, Display> = new Map([
  ...displays(
    "block",
    "html body address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption figure footer form " +
      "frame frameset h1 h2 h3 h4 h5 h6 header hgroup hr legend li listing main menu nav ol optgroup option p plaintext pre " +
      "search section summary table caption colgroup col tbody thead tfoot tr td th ul xmp",
  ),
  ...displays(
    "atomic",
    "audio button canvas embed iframe img input marquee math meter object progress select svg textarea video",
  ),
  // A browser that runs scripts does not show `noscript`.
  ...displays(
    "none",
    "area base basefont bgsound datalist head link meta noembed noframes noscript param rp script source style template title track",
  ),
  ["br", "break"],
  ["q", "quoted"],
]);
/** Elements of SVG within a text. The other ones have no text, or one of their own. */
const INLINE_SVG: ReadonlySet<string> = new Set(["a", "textPath", "tspan"]);
/** Elements whose content is not parsed, or is a value. */
const RAW: ReadonlySet<string> = new Set("iframe noembed noframes noscript script style textarea".split(" "));
const PREFORMATTED: ReadonlySet<string> = new Set(["listing", "plaintext", "pre", "xmp"]);

/** Without an end, it lasts until the end of the text. */
const CSS_COMMENT = /\/\*[^]*?(?:\*\/|$)/g;
/** The declarations of a style attribute that decide on whitespace. */
const DECLARATION = /(?:^|;)\s*(display|white-space|white-space-collapse)\s*:\s*([a-z-]+)/gi;
const COLLAPSES = /^(?:normal|nowrap|collapse|initial)$/;
const PRESERVES = /^(?:pre|pre-wrap|pre-line|break-spaces|preserve.*)$/;

/** How the element is displayed by the style sheet of browsers and its own style attribute. */
export function displayOf(element: Tree.Element): Display {
  const display = defaultDisplay(element);
  if (element.attrs.length === 0) return display;
  const declared = declarationOf(element, "display");
  if (declared !== undefined) return declaredDisplay(declared, display) ?? display;
  const isHidden = element.namespaceURI === html.NS.HTML && element.attrs.some(({ name }) => name === "hidden");
  return isHidden ? "none" : display;
}

/** Whether the style sheet of browsers puts the element in a line of text, where the space around it is visible. */
export function isInLine(tagName: string): boolean {
  const display = DISPLAYS.get(tagName) ?? "inline";
  return display === "inline" || display === "atomic";
}

/** Whether the style sheet of browsers preserves the whitespace in the element. */
export function isPreformatted(tagName: string): boolean {
  return RAW.has(tagName) || PREFORMATTED.has(tagName);
}

function defaultDisplay({ tagName, namespaceURI, attrs }: Tree.Element): Display {
  if (namespaceURI === html.NS.HTML) {
    const isHidden = tagName === "input" && attrs.some(({ name, value }) => name === "type" && /^hidden$/i.test(value));
    return isHidden ? "none" : (DISPLAYS.get(tagName) ?? "inline");
  }
  if (tagName === "svg" || tagName === "math") return "atomic";
  return INLINE_SVG.has(tagName) ? "inline" : "block";
}

/** @returns undefined for a value that keeps the display of the element */
function declaredDisplay(value: string, display: Display): Display | undefined {
  if (value === "none") return value;
  // These are displayed in their own way, or are images of some kind, whatever is declared.
  if (display === "break" || display === "quoted") return undefined;
  if (value === "inline" || value === "contents") return display === "atomic" ? display : "inline";
  if (value.startsWith("inline-")) return "atomic";
  return /^(?:block|flex|flow-root|grid|list-item|table.*)$/.test(value) ? "block" : undefined;
}

/** @param outer whether the parent preserves whitespace */
export function preservesWhitespace(element: Tree.Element, outer: boolean): boolean {
  const { tagName } = element;
  if (RAW.has(tagName)) return true;
  // Browsers draw options in their own way.
  if (tagName === "select") return false;
  const declared = declarationOf(element, "white-space") ?? declarationOf(element, "white-space-collapse") ?? "";
  if (COLLAPSES.test(declared)) return false;
  return PRESERVES.test(declared) || outer || PREFORMATTED.has(tagName) || element.attrs.some(isPreservingSvg);
}

/** `xml:space="preserve"`, which has a namespace in SVG and MathML only (SVG 2 §11.7.3.3). */
function isPreservingSvg({ namespace, name, value }: Tree.Element["attrs"][number]): boolean {
  return namespace === html.NS.XML && name === "space" && value === "preserve";
}

function declarationOf({ attrs }: Tree.Element, property: string): string | undefined {
  const style = attrs.find(({ name }) => name === "style")?.value;
  if (style === undefined) return undefined;
  const declarations = [...style.replaceAll(CSS_COMMENT, "").matchAll(DECLARATION)];
  return declarations.findLast(([, name]) => name?.toLowerCase() === property)?.[2]?.toLowerCase();
}

function displays(display: Display, names: string): readonly (readonly [string, Display])[] {
  return names.split(" ").map((name) => [name, display]);
}
