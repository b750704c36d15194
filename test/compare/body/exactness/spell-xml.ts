import type { Random } from "./random.ts";
import {
  XML,
  XSI,
  type ExpandedName,
  type Value,
  type XmlDocument,
  type XmlElement,
  type XmlNode,
} from "./random-xml.ts";

const PREFIXES = ["p", "q", "r", "s", "t", "u"] as const;
const BLANKS = ["", "", " ", "\n", "\n\t"] as const;

/** URIs by prefix; the prefix of the default namespace is empty. */
type Scope = ReadonlyMap<string, string>;

interface Surroundings {
  readonly scope: Scope;
  readonly preserves: boolean;
}

const NOWHERE: Surroundings = { scope: new Map([["", ""]]), preserves: false };

/** One of many spellings of a document: prefixes, escapes, CDATA, order of attributes, whitespace between elements. */
export function spellXml({ doctype, before, root, after }: XmlDocument, random: Random): string {
  const declaration = random.pick(["", "", '<?xml version="1.0"?>', "<?xml version='1.0' encoding=\"UTF-8\"?>\n"]);
  const text = [
    declaration,
    spellNodes(before, NOWHERE, random),
    doctype === "" ? "" : `<!DOCTYPE ${doctype}${random.pick(BLANKS)}>`,
    spellElement(root, NOWHERE, random),
    spellNodes(after, NOWHERE, random),
  ].join("");
  return random.chance(0.1) ? text.replaceAll("\n", "\r\n") : text;
}

function spellElement(element: XmlElement, outer: Surroundings, random: Random): string {
  const { uri, attributes, children } = element;
  const declared = declarations(element, outer.scope, random);
  const scope: Scope = new Map([...outer.scope, ...declared]);
  const space = attributes.find((one) => one.uri === XML && one.local === "space")?.value[0];
  const name = `${prefixFor(uri, scope, true, random)}${element.local}`;
  const spelled = [
    ...[...declared].map(([prefix, bound]) => [prefix === "" ? "xmlns" : `xmlns:${prefix}`, bound] as const),
    ...attributes.map((one) => {
      const value = spellValue(one.value, scope, one.uri === XSI, random);
      return [`${prefixFor(one.uri, scope, false, random)}${one.local}`, value] as const;
    }),
  ];
  const tag = random.shuffled(spelled).map((one) => ` ${random.pick(BLANKS)}${spellAttribute(one, random)}`);
  const preserves = space === undefined ? outer.preserves : space === "preserve";
  const content = spellNodes(children, { scope, preserves }, random);
  const start = `<${name}${tag.join("")}${random.pick(BLANKS)}`;
  return content === "" && random.chance(0.5) ? `${start}/>` : `${start}>${content}</${name}${random.pick(BLANKS)}>`;
}

/** What the element must declare so that all its names have a prefix, and sometimes more. */
function declarations(element: XmlElement, outer: Scope, random: Random): Scope {
  const declared = new Map<string, string>();
  if (random.chance(0.1)) declared.set(random.pick(PREFIXES), random.pick(["urn:1", "urn:2"]));
  const isDefault = outer.get("") === element.uri;
  if (element.uri === "" ? !isDefault : !isDefault && random.chance(0.3)) declared.set("", element.uri);
  const needed = namesOf(element).map(({ uri }) => uri);
  for (const uri of new Set(needed.filter((uri) => uri !== "" && uri !== XML))) {
    const isBound = [...outer, ...declared].some(([prefix, bound]) => {
      return bound === uri && prefix !== "" && (declared.get(prefix) ?? uri) === uri;
    });
    if (isBound && random.chance(0.95)) continue;
    // A prefix that replaces another one can be needed itself.
    const free = PREFIXES.filter((prefix) => !declared.has(prefix) && !needed.includes(outer.get(prefix) ?? "none"));
    const known = PREFIXES.filter((prefix) => !declared.has(prefix) && outer.get(prefix) === uri);
    declared.set(random.pick([...free, ...known, `n${random.below(1e6)}`]), uri);
  }
  return declared;
}

function namesOf({ uri, local, attributes, children }: XmlElement): ExpandedName[] {
  const values = [
    ...attributes.map(({ value }) => value),
    ...children.map((node) => ("text" in node ? node.text : [])),
  ].flat();
  return [{ uri, local }, ...attributes, ...values.filter((part) => typeof part !== "string")];
}

/** @returns with its colon */
function prefixFor(uri: string, scope: Scope, allowsDefault: boolean, random: Random): string {
  if (uri === XML) return "xml:";
  if (uri === "" || (allowsDefault && scope.get("") === uri && random.chance(0.6))) return "";
  const prefixes = [...scope].filter(([prefix, bound]) => prefix !== "" && bound === uri).map(([prefix]) => prefix);
  return prefixes.length === 0 ? "" : `${random.pick(prefixes)}:`;
}

function spellValue(value: Value, scope: Scope, isType: boolean, random: Random): string {
  return value
    .map((part) => (typeof part === "string" ? part : `${prefixFor(part.uri, scope, isType, random)}${part.local}`))
    .join("");
}

/** Comments are anywhere, but in their order. */
function spellNodes(nodes: readonly XmlNode[], { scope, preserves }: Surroundings, random: Random): string {
  const hasText = nodes.some((node) => "text" in node);
  const addsBlanks = scope.size > 0 && !hasText && !preserves && nodes.some((node) => !("comment" in node));
  const spelled = random
    .reordered(nodes, (node) => "comment" in node)
    .map((node) => {
      if ("element" in node) return spellElement(node.element, { scope, preserves }, random);
      if ("text" in node) return spellText(spellValue(node.text, scope, false, random), random);
      if ("comment" in node) return `<!--${node.comment}-->`;
      return `<?${node.target}${node.data === "" ? "" : ` ${random.pick(BLANKS)}${node.data}`}?>`;
    });
  if (!addsBlanks) return spelled.join("");
  return spelled.map((one) => random.pick(BLANKS) + one).join("") + random.pick(BLANKS);
}

function spellText(text: string, random: Random): string {
  if (text !== "" && random.chance(0.15) && !/\r|\]\]>/.test(text)) return `<![CDATA[${text}]]>`;
  return text.replaceAll(/./gsu, (one) => spellCharacter(one, /[<&>\r]/, random));
}

function spellAttribute([name, value]: readonly [string, string], random: Random): string {
  const quote = random.pick(['"', "'"]);
  const mustEscape = quote === '"' ? /[<&\t\n\r"]/ : /[<&\t\n\r']/;
  return `${name}=${quote}${value.replaceAll(/./gsu, (one) => spellCharacter(one, mustEscape, random))}${quote}`;
}

const ENTITIES: Readonly<Record<string, string>> = { "<": "lt", "&": "amp", ">": "gt", '"': "quot", "'": "apos" };

function spellCharacter(one: string, mustEscape: RegExp, random: Random): string {
  if (!mustEscape.test(one) && !random.chance(0.05)) return one;
  const code = one.codePointAt(0) ?? 0;
  const entity = ENTITIES[one];
  return `&${random.pick([entity ?? `#${code}`, `#${code}`, `#x${code.toString(16)}`])};`;
}
