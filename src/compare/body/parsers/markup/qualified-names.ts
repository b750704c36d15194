/** Marks literal text that has the form of a resolved name. XML cannot contain this character. */
const LITERAL = "\uFFFF";

const NAME_START = String.raw`\p{L}_`;
const NAME = String.raw`\p{L}\p{M}\p{N}\u00B7_.-`;
/** A prefix with the colon in front of a local name. In XPath, the two colons of an axis may precede it. */
const PREFIX = new RegExp(`(?<![${NAME}]|(?<!:):)([${NAME_START}][${NAME}]*):(?=[${NAME_START}])`, "gu");
const RESOLVED = new RegExp(String.raw`\{[^{}]*\}(?=[${NAME_START}])`, "gu");
const LOCAL_NAMES = new RegExp(String.raw`(?<!\S)[${NAME_START}][${NAME}]*(?!\S)`, "gu");

const XML_SCHEMA = "http://www.w3.org/2001/XMLSchema";
const WSDL = "http://schemas.xmlsoap.org/wsdl/";
/** Attributes in which a name without a prefix is in the default namespace, by the namespace of their element. */
const QNAME_ATTRIBUTES: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [XML_SCHEMA, new Set(["base", "itemType", "memberTypes", "ref", "refer", "substitutionGroup", "type"])],
  [WSDL, new Set(["binding", "element", "message", "type"])],
]);
const XML_SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance";

/** The namespaces that are declared at an element and above. */
export class NamespaceScope {
  readonly #parent: NamespaceScope | undefined;
  readonly #declared: ReadonlyMap<string, string>;

  /** @param declared URIs by prefix; the prefix of the default namespace is empty */
  constructor(declared: ReadonlyMap<string, string>, parent: NamespaceScope | undefined) {
    this.#declared = declared;
    this.#parent = parent;
  }

  uriOf(prefix: string): string | undefined {
    return this.#declared.get(prefix) ?? this.#parent?.uriOf(prefix);
  }
}

/**
 * Resolves the qualified names in a text or an attribute value (QNames in content, https://www.w3.org/2001/tag/doc/qnameids):
 * each `prefix:name` whose prefix is declared becomes `{uri}name`. This applies to all values, because only a schema says which
 * ones hold names. Within one scope it keeps different values different.
 */
export function resolveQualifiedNames(text: string, scope: NamespaceScope | undefined): string {
  const literal = text.includes("{") ? text.replaceAll(RESOLVED, `${LITERAL}$&`) : text;
  if (scope === undefined || !text.includes(":")) return literal;
  return literal.replaceAll(PREFIX, (written, prefix: string) => {
    const uri = scope.uriOf(prefix);
    return uri === undefined ? written : clarkPrefix(uri);
  });
}

/** As `resolveQualifiedNames`, where a name without a prefix is in the default namespace. */
export function resolveAttribute(
  { uri, local, value }: { readonly uri: string; readonly local: string; readonly value: string },
  elementUri: string,
  scope: NamespaceScope | undefined,
): string {
  const holdsNames =
    uri === ""
      ? QNAME_ATTRIBUTES.get(elementUri)?.has(local) === true
      : uri === XML_SCHEMA_INSTANCE && local === "type";
  const resolvedText = resolveQualifiedNames(value, scope);
  const namespace = holdsNames ? (scope?.uriOf("") ?? "") : "";
  return namespace === ""
    ? resolvedText
    : resolvedText.replaceAll(LOCAL_NAMES, (name) => `${clarkPrefix(namespace)}${name}`);
}

/** A brace would end the URI early. */
function clarkPrefix(uri: string): string {
  return `{${uri.replaceAll("{", "%7B").replaceAll("}", "%7D")}}`;
}
