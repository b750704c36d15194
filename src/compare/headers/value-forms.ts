import {
  parseDictionary,
  parseItem,
  parseList,
  serializeDictionary,
  serializeItem,
  serializeList,
} from "structured-headers";
import { parseCookieDate } from "./cookie-date.ts";
import {
  byName,
  isToken,
  parseParameter,
  parseParameters,
  splitValue,
  writeParameter,
  type Parameter,
} from "./field-syntax.ts";

/**
 * The canonical form of a field value: its members, in one spelling. Values mean the same if their members are equal, one by
 * one; if only the order differs, the kind of the difference says so. Undefined: the value is malformed and compared as text.
 */
export type Form = (value: string) => readonly string[] | undefined;

/** A set of case-insensitive tokens: order and repetition have no meaning. */
export const tokenSet: Form = (value) => setOf(tokens(value)?.map((token) => token.toLowerCase()));

/** A set of tokens whose case matters, such as methods (RFC 9110 §9.1). */
export const caseSensitiveSet: Form = (value) => setOf(tokens(value));

/** A set of values that are not tokens, such as origins. Case matters. */
export const valueSet: Form = (value) => setOf(splitValue(value, ","));

/** Case-insensitive tokens whose order matters. */
export const tokenList: Form = (value) => tokens(value)?.map((token) => token.toLowerCase());

/** Content codings, in the order in which they were applied (RFC 9110 §8.4). `x-gzip` is `gzip` (§8.4.1.3). */
export const codingList: Form = (value) =>
  tokenList(value)?.map((coding) => coding.replace(/^x-(?=gzip$|compress$)/, ""));

/** A case-insensitive keyword, such as `nosniff`. */
export const keyword: Form = (value) => (isToken(value) ? [value.toLowerCase()] : undefined);

/** A number of seconds or bytes: leading zeros have no meaning. */
export const wholeNumber: Form = (value) => (/^\d+$/.test(value) ? [BigInt(value).toString()] : undefined);

/**
 * A media type (RFC 9110 §8.3.1): type, names of parameters and charset ignore case, and parameters have no order. The boundary
 * of a multipart type is any text (RFC 2046 §5.1.1).
 */
export const mediaType: Form = (value) => {
  const [type = "", ...rest] = splitValue(value, ";") ?? [];
  const parameters = parseParameters(rest);
  if (!/^[^\s/",]+\/[^\s/",]+$/.test(type) || parameters === undefined) return undefined;
  const essence = type.toLowerCase();
  const canonical = parameters.map((parameter): Parameter => {
    const { name, value: text } = parameter;
    if (name === "charset") return { name, value: text?.toLowerCase() };
    return name === "boundary" && essence.startsWith("multipart/") ? { name, value: undefined } : parameter;
  });
  return [[essence, ...byName(canonical).map(writeParameter)].join("; ")];
};

/**
 * Directives separated by commas, such as those of Cache-Control: names ignore case, arguments can be tokens or quoted strings,
 * and the order has no meaning, except between directives of one name (RFC 9111 §4.2.1, §5.2). Arguments that are field names
 * ignore case.
 */
export const cacheDirectives: Form = (value) => {
  const directives = parseParameters(splitValue(value, ","));
  return directives === undefined
    ? undefined
    : [
        byName(directives)
          .map((directive) => writeParameter(canonicalDirective(directive)))
          .join(", "),
      ];
};

function canonicalDirective({ name, value }: Parameter): Parameter {
  if (value === undefined) return { name, value };
  if (/^\d+$/.test(value)) return { name, value: BigInt(value).toString() };
  const fields = name === "no-cache" || name === "private" ? tokenSet(value) : undefined;
  return { name, value: fields?.join(", ") ?? value };
}

/** Directives separated by semicolons, such as those of Strict-Transport-Security (RFC 6797 §6.1): they have no order. */
export const semicolonDirectives: Form = (value) => {
  const directives = parseParameters(splitValue(value, ";"), true);
  return directives === undefined
    ? undefined
    : [
        byName(directives)
          .map((directive) => writeParameter(canonicalDirective(directive)))
          .join("; "),
      ];
};

/** A list of values with parameters, such as Accept: parameters have no order, and quotes no meaning. */
export const parameterizedList: Form = (value) =>
  parameterized(value, (first) => {
    const own = parseParameter(first, true);
    if (own !== undefined) return writeParameter(own);
    return /^[^\s"=,;]+$/.test(first) ? first.toLowerCase() : undefined;
  });

/** Alternative services, or `clear` (RFC 7838 §3): names of protocols are case-sensitive, and so is `clear`. */
export const alternatives: Form = (value) =>
  parameterized(value, (first) => {
    const own = parseParameter(first);
    return own && writeParameter({ name: first.split("=", 1)[0] ?? "", value: own.value });
  });

function parameterized(
  value: string,
  canonicalHead: (first: string) => string | undefined,
): readonly string[] | undefined {
  return mapAll(splitValue(value, ","), (member) => {
    const [first = "", ...rest] = splitValue(member, ";") ?? [];
    const [head, parameters] = [canonicalHead(first), parseParameters(rest, true)];
    if (head === undefined || parameters === undefined) return undefined;
    return [head, ...byName(parameters).map(writeParameter)].join("; ");
  });
}

/** Links (RFC 8288 §3): relation types ignore case and have no order, and only the first `rel` of a link counts. */
export const links: Form = (value) =>
  mapAll(splitValue(value, ","), (member) => {
    const [target = "", ...rest] = splitValue(member, ";") ?? [];
    const parameters = parseParameters(rest, true);
    if (!/^<[^<>]*>$/.test(target) || parameters === undefined) return undefined;
    const rel = parameters.find(({ name }) => name === "rel");
    const others = parameters.filter(({ name }) => name !== "rel");
    const types = setOf(
      (rel?.value ?? "")
        .toLowerCase()
        .split(/\s+/)
        .filter((type) => type !== ""),
    )?.join(" ");
    const relation = rel === undefined ? [] : [{ name: "rel", value: types }];
    const [canonicalTarget] = url(target.slice(1, -1)) ?? [];
    return [`<${canonicalTarget}>`, ...byName([...relation, ...others]).map(writeParameter)].join("; ");
  });

/** Challenges (RFC 9110 §11.6.1): schemes and names of parameters ignore case, and parameters have no order. */
export const challenges: Form = (value) => {
  const found: { scheme: string; parameters: Parameter[] }[] = [];
  for (const part of splitValue(value, ",") ?? []) {
    const [, scheme, rest = ""] = /^([!#$%&'*+.^_`|~\w-]+)(?:\s+(?!=)(.*))?$/s.exec(part) ?? [];
    const last = found.at(-1);
    const own = parseParameter(scheme === undefined ? part : rest, true);
    if (scheme !== undefined) {
      // A token68 is neither a parameter nor several.
      const token68 = rest !== "" && /^[\w.~+/-]+=*$/.test(rest) ? { name: rest, value: undefined } : own;
      if (rest !== "" && token68 === undefined) return undefined;
      found.push({ scheme: scheme.toLowerCase(), parameters: token68 === undefined || rest === "" ? [] : [token68] });
    } else if (last === undefined || own === undefined) return undefined;
    else last.parameters.push(own);
  }
  return found.map(({ scheme, parameters }) => [scheme, ...byName(parameters).map(writeParameter)].join(" "));
};

/**
 * A disposition (RFC 6266 §4): type and names of parameters ignore case, quotes have no meaning, and `filename*` replaces
 * `filename`, of which it is another encoding (§4.3).
 */
export const disposition: Form = (value) => {
  const [type = "", ...rest] = splitValue(value, ";") ?? [];
  const parameters = parseParameters(rest, true);
  if (!isToken(type) || parameters === undefined) return undefined;
  const extended = new Map<string, string>();
  for (const { name, value: text = "" } of parameters) {
    const decoded = name.endsWith("*") ? decodeExtended(text) : undefined;
    if (decoded !== undefined) extended.set(name.slice(0, -1), decoded);
  }
  const own = parameters.filter(({ name }) => !extended.has(name.replace(/\*$/, "")));
  const all = [...own, ...[...extended].map(([name, text]) => ({ name, value: text }))];
  return [[type.toLowerCase(), ...byName(all).map(writeParameter)].join("; ")];
};

/** RFC 8187 §3.2: `UTF-8'en'%e2%82%ac%20rates`; undefined when it is malformed or in another charset. */
function decodeExtended(text: string): string | undefined {
  const [, encoded] = /^utf-8'[^']*'(.*)$/is.exec(text) ?? [];
  try {
    return encoded === undefined ? undefined : decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

/** Metrics by name and description: how long something took differs from one response to the next. */
export const serverTiming: Form = (value) =>
  mapAll(splitValue(value, ","), (metric) => {
    const [name = "", ...rest] = splitValue(metric, ";") ?? [];
    const parameters = parseParameters(rest, true);
    if (!isToken(name) || parameters === undefined) return undefined;
    return [name, ...byName(parameters.filter((each) => each.name !== "dur")).map(writeParameter)].join("; ");
  });

/** JSON objects in a list (Reporting API of 2018, Network Error Logging §3.1): their members have no order. */
export const jsonObjects: Form = (value) =>
  parsed(() => (JSON.parse(`[${value}]`) as readonly unknown[]).map((object) => JSON.stringify(object, sortMembers)));

function sortMembers(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The unit of a range ignores case (RFC 9110 §14.1). */
export const contentRange: Form = (value) => {
  const [, unit, range] = /^(\S+) +(\S+)$/.exec(value) ?? [];
  return unit === undefined || !isToken(unit) ? undefined : [`${unit.toLowerCase()} ${range}`];
};

/** A percent-encoded text, such as the message of a gRPC status. */
export const percentText: Form = (value) => parsed(() => [decodeURIComponent(value)]);

/** An HTTP date in any of its three forms (RFC 9110 §5.6.7). */
export const httpDate: Form = (value) => {
  const isDate = /^[a-z]{3,9},? .*\d\d:\d\d:\d\d(?: gmt| \d{4})$/i.test(value);
  const ms = isDate ? parseCookieDate(value) : undefined;
  return ms === undefined ? undefined : [String(ms)];
};

/**
 * A URL: scheme and host ignore case, as do percent-encodings, which letters do not need; the default port is left out
 * (RFC 3986 §6.2).
 */
export const url: Form = (value) => {
  const encoded = value.replaceAll(/%[0-9a-f]{2}/gi, (octet) => {
    const character = String.fromCharCode(Number.parseInt(octet.slice(1), 16));
    return /[\w.~-]/.test(character) ? character : octet.toUpperCase();
  });
  const [, scheme = "", authority, rest = ""] = /^(https?):\/\/([^/?#@\s]+)([/?#].*)?$/is.exec(encoded) ?? [];
  if (authority === undefined) return [encoded];
  const host = authority.toLowerCase().replace(scheme.toLowerCase() === "https" ? /:(?:443)?$/ : /:(?:80)?$/, "");
  return [`${scheme.toLowerCase()}://${host}${rest.startsWith("/") ? rest : `/${rest}`}`];
};

/** A decimal, which the parser would make an integer, another type (RFC 9651 §3.3.2). */
const WHOLE_DECIMAL = /\d\.0{1,3}(?!\d)/;

/** An item, list or dictionary of RFC 9651. Members of a dictionary are found by their names, so they have no order. */
export const structured: Readonly<Record<"item" | "list" | "dictionary", Form>> = {
  item: (value) => typed(value, () => [serializeItem(parseItem(value))]),
  list: (value) => typed(value, () => parseList(value).map((member) => serializeList([member]))),
  dictionary: (value) =>
    typed(value, () => {
      const members = [...parseDictionary(value)].toSorted(([a], [b]) => (a < b ? -1 : 1));
      return [serializeDictionary(new Map(members))];
    }),
};

function typed(value: string, parse: () => readonly string[]): readonly string[] | undefined {
  return WHOLE_DECIMAL.test(value) ? undefined : parsed(parse);
}

function parsed(parse: () => readonly string[]): readonly string[] | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

function tokens(value: string): readonly string[] | undefined {
  const members = splitValue(value, ",");
  return members?.every(isToken) === true ? members : undefined;
}

function setOf(members: readonly string[] | undefined): readonly string[] | undefined {
  return members === undefined ? undefined : [...new Set(members)].toSorted();
}

/** @returns undefined when one member is malformed */
function mapAll(
  members: readonly string[] | undefined,
  canonical: (member: string) => string | undefined,
): readonly string[] | undefined {
  const forms = members?.flatMap((member) => canonical(member) ?? []);
  return forms?.length === members?.length ? forms : undefined;
}
