import { isSensitiveEncodedName, isSensitiveLabel, isSensitiveName } from "../../../secrets/sensitive-names.ts";
import { readRow, tableOf, type MarkupTable } from "./markup-table.ts";
import { isReference, labelIds, type LabelIds } from "./markup-labels.ts";
import type { MarkupAttribute, MarkupNode } from "./markup-node.ts";
import { isPairName, isPairValue } from "../name-value-pairs.ts";

export interface MarkupSecrets {
  readonly attributes: ReadonlySet<MarkupAttribute>;
  readonly texts: ReadonlySet<MarkupNode>;
  /** Texts that are searched as one: `<b>Pass</b>word: S`. */
  readonly runs: readonly (readonly MarkupNode[])[];
}

/** Attributes that contain no secret, regardless of the name of their element. */
const HARMLESS =
  /^(?:xmlns|xml|xsi|class|style|type|name|key|id|lang|encoding|dir|role|rel|for|form|method|media|autocomplete|required|disabled|readonly|checked|selected|hidden|multiple|size|max-?length|min-?length|min|max|step|rows|cols|pattern|tabindex|width|height|colspan|rowspan|scope|property|http-equiv|itemprop|aria-[\w-]*|title|placeholder)(?::|$)/i;
/** Inline elements, which do not interrupt the text of their line (HTML §15.3). */
const INLINE = new Set(
  "a abbr b bdi bdo cite code data del dfn em font i ins kbd label mark q s samp small span strong sub sup time tt u var wbr big strike nobr".split(
    " ",
  ),
);
/** Elements whose text does not label a value: what follows a link or a button is unrelated. */
const NO_LABELS = new Set("a button title option script style textarea noscript".split(" "));
/** Elements that contain more than a value, so their name does not describe one. */
const CONTAINERS = new Set(
  "html head body form fieldset label a button ul ol nav header footer main section article script style table".split(
    " ",
  ),
);
const WORD = /[\p{L}\p{N}]/u;
const CODE = new Set(["script", "style"]);
const ROW = /^(?:tr|row)$/i;
/** Up to this length, the text of a named element is its value; in a longer one, only the first text is. */
const MAX_VALUE_CHARS = 1_000;

/**
 * Which attributes and texts of a document are secret by the names above and next to them: everything below `<password>`,
 * the values of `<input name="password" value="S">` and `<password v="S">`, what follows a label (`<dt>Password</dt><dd>S</dd>`,
 * `<b>Password:</b> S`, `<key>password</key><string>S</string>`), and the cells below a title.
 * @param isHtml elements within a line do not interrupt its text
 * @param source for nodes with locations: a tag that ends with `/>` is empty, even where HTML treats it as open
 */
export function markupSecrets(nodes: readonly MarkupNode[], isHtml: boolean, source?: string): MarkupSecrets {
  const search = new Search(
    isHtml,
    source,
    labelIds(nodes, (node) => textOf([node], 200)),
  );
  search.children(nodes, false, NO_ANCESTORS);
  search.endRun(NO_ANCESTORS);
  return search;
}

interface Ancestors {
  /** Inside an element whose text is not a label. */
  readonly noLabels: boolean;
  readonly isCode: boolean;
  readonly table: MarkupTable | undefined;
}

const NO_ANCESTORS: Ancestors = { noLabels: false, isCode: false, table: undefined };

class Search implements MarkupSecrets {
  readonly attributes = new Set<MarkupAttribute>();
  readonly texts = new Set<MarkupNode>();
  readonly runs: MarkupNode[][] = [];
  readonly #isHtml: boolean;
  readonly #source: string | undefined;
  readonly #labels: LabelIds;
  #run: MarkupNode[] = [];
  /** The last text was a label: the next text or value is secret. */
  #labeled = false;
  /** The last term of a description list is a label. */
  #term = false;
  /** The current list is below a label. */
  #list = false;

  constructor(isHtml: boolean, source: string | undefined, labels: LabelIds) {
    this.#labels = labels;
    this.#isHtml = isHtml;
    this.#source = source;
  }

  children(nodes: readonly MarkupNode[], isSecret: boolean, ancestors: Ancestors): void {
    for (const node of nodes) {
      if (node.tagName !== undefined) this.#element(node, isSecret, ancestors);
      else if (isTextNode(node)) {
        if (isSecret) this.texts.add(node);
        if (ancestors.isCode) this.runs.push([node]);
        else this.#run.push(node);
      } else if (isSecret || (node.nodeName.startsWith("?") && isSensitiveName(node.nodeName))) this.texts.add(node);
    }
  }

  #element(node: MarkupNode, isSecret: boolean, ancestors: Ancestors): void {
    const name = localName(node.tagName ?? "");
    const interrupts = !this.#isHtml || !INLINE.has(name);
    if (interrupts) this.endRun(ancestors);
    const attributes = node.attrs ?? [];
    const isSensitive = isSecret || isSensitiveName(name);
    const isNamed =
      attributes.some((attribute) => namesElement(attribute) || this.#isReferenced(attribute)) ||
      (this.#isHtml && hasSensitiveClass(node));
    this.#attributes(attributes, isSensitive, isNamed);

    const children = node.content?.childNodes ?? node.childNodes ?? [];
    const below = {
      noLabels: ancestors.noLabels || (this.#isHtml && NO_LABELS.has(name)),
      isCode: this.#isHtml && CODE.has(name),
      table: ROW.test(name) ? undefined : (tableOf(name) ?? ancestors.table),
    };
    const isTerm = this.#isHtml && this.#isListed(name, node);
    const held = isTerm || isSensitive || (isNamed && !(this.#isHtml && CONTAINERS.has(name)));
    if (this.#closesItself(node)) this.children(children, isSecret, below);
    else if (ROW.test(name)) this.#row(children, isSensitive, ancestors);
    else if (held && !isSensitive && !isTerm && this.#isHtml) this.#named(children, below);
    else this.#pairs(children, held, below);
    if (interrupts) this.endRun(below);
  }

  /** The second description of a term, and the items of a list below a label: `<h2>Passcodes</h2><ul><li>S<li>S</ul>`. */
  #isListed(name: string, node: MarkupNode): boolean {
    if (name === "dt") this.#term = isSensitiveLabel(textOf([node], 200));
    else if (name === "ul" || name === "ol") this.#list = this.#labeled;
    else if (!/^(?:dd|li)$/.test(name)) return false;
    return (name === "dd" && this.#term) || (name === "li" && this.#list && /^\s*\S+\s*$/.test(textOf([node], 200)));
  }

  #closesItself({ sourceCodeLocation }: MarkupNode): boolean {
    const end = sourceCodeLocation?.startTag?.endOffset;
    return end !== undefined && this.#source?.startsWith("/>", end - 2) === true;
  }

  /** Labeled from elsewhere: `<label for="a">Password</label>` … `<input id="a" value="S">`. */
  #isReferenced({ name, value }: MarkupAttribute): boolean {
    if (name === "id") return this.#labels.targets.has(value);
    return isReference(name) && value.split(/\s+/, 10).some((id) => this.#labels.ids.has(id));
  }

  #attributes(attributes: readonly MarkupAttribute[], isSensitive: boolean, isNamed: boolean): void {
    let usedLabel = false;
    for (const attribute of attributes) {
      const name = localName(attribute.name);
      const holds = isPairValue(name) && !isPairName(name);
      usedLabel ||= holds && this.#labeled && attribute.value.trim() !== "";
      const secret =
        isSensitiveName(attribute.name) ||
        ((isSensitive || isNamed) && !HARMLESS.test(attribute.name)) ||
        (holds && (isNamed || this.#labeled));
      if (secret) this.attributes.add(attribute);
    }
    if (usedLabel) this.#labeled = false;
  }

  /** Visits an HTML element whose attribute names its content: all of it is secret if it is short, otherwise the first text. */
  #named(children: readonly MarkupNode[], ancestors: Ancestors): void {
    if (textOf(children, MAX_VALUE_CHARS).length < MAX_VALUE_CHARS) {
      this.children(children, true, ancestors);
      return;
    }
    this.#labeled = true;
    this.children(children, false, ancestors);
  }

  /** Visits children of which one names the value of another, in any order: `<value>S</value><key>password</key>`. */
  #pairs(children: readonly MarkupNode[], isSecret: boolean, ancestors: Ancestors): void {
    const named =
      !isSecret &&
      children.some(
        (child) =>
          child.tagName !== undefined &&
          isPairName(localName(child.tagName)) &&
          isSensitiveLabel(textOf(child.childNodes ?? [], 200)),
      );
    if (!named) {
      this.children(children, isSecret, ancestors);
      return;
    }
    let isNext = false;
    for (const child of children) {
      const tag = child.tagName === undefined ? "" : localName(child.tagName);
      const isName = isPairName(tag);
      // In a property list, anything can follow its name.
      this.children([child], (tag !== "" && isPairValue(tag)) || (isNext && tag !== "" && !isName), ancestors);
      if (isName) isNext = isSensitiveLabel(textOf(child.childNodes ?? [], 200));
      else if (tag !== "") isNext = false;
    }
  }

  #row(nodes: readonly MarkupNode[], isSecret: boolean, ancestors: Ancestors): void {
    const cells = nodes.filter(({ tagName }) => tagName !== undefined);
    const { secret, onlyTitles } = readRow(cells, ancestors.table, (cell) => textOf([cell], 200));
    for (const cell of cells) {
      if (onlyTitles) this.#labeled = false;
      this.children([cell], isSecret || secret.has(cell), { ...ancestors, table: undefined });
    }
    this.endRun(ancestors);
    if (onlyTitles) this.#labeled = false;
  }

  /** Ends a text: decides whether it is secret, and whether it labels the next one. */
  endRun({ noLabels }: Pick<Ancestors, "noLabels">): void {
    const run = this.#run;
    this.#run = [];
    const text = run.map(({ value = "" }) => value).join("");
    if (text.trim() === "") return;
    this.runs.push(run);
    // A dash or a colon between a label and its value.
    if (!WORD.test(text)) return;
    if (this.#labeled) for (const node of run) this.texts.add(node);
    this.#labeled = isLabel(text, noLabels);
    for (const [at, node] of run.entries()) {
      // `<b>Password:</b> S`
      if (run[at + 1] === undefined || !isLabel(node.value ?? "", noLabels)) continue;
      for (let next = at + 1; next < run.length; next += 1) {
        this.texts.add(run[next] as MarkupNode);
        if (WORD.test(run[next]?.value ?? "")) break;
      }
      this.#labeled = false;
    }
  }
}

function isLabel(text: string, noLabels: boolean): boolean {
  const label = text.trim();
  return isSensitiveLabel(label) && (!noLabels || /[=:]$/.test(label));
}

function namesElement({ name, value }: MarkupAttribute): boolean {
  return isPairName(name) && value.length <= 100 && isSensitiveEncodedName(value);
}

/**
 * `<span class="password">S</span>`: only without child elements, because the class of a section describes more than a value.
 */
function hasSensitiveClass({ attrs = [], childNodes = [] }: MarkupNode): boolean {
  if (childNodes.some(({ tagName }) => tagName !== undefined)) return false;
  return attrs.some(({ name, value }) => name === "class" && value.length <= 100 && isSensitiveEncodedName(value));
}

/** The name without its namespace prefix. */
function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

function isTextNode({ nodeName }: MarkupNode): boolean {
  return nodeName === "#text" || nodeName === "#cdata";
}

/** The text below some nodes, cut after `maxChars`. */
function textOf(nodes: readonly MarkupNode[], maxChars: number): string {
  let text = "";
  for (const node of nodes) {
    if (text.length >= maxChars) break;
    text += isTextNode(node) ? (node.value ?? "") : textOf(node.childNodes ?? [], maxChars - text.length);
  }
  return text;
}
