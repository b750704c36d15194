/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 9110 §5.6.4. */
const QUOTED = /^"(?:[^"\\]|\\.)*"$/s;

/** `name` or `name=value`, with the name in lower case and the value without its quotes. */
export interface Parameter {
  readonly name: string;
  /** Undefined without `=`. */
  readonly value: string | undefined;
}

/**
 * Splits a value at a separator that is neither in a quoted string nor in `<…>`. Parts are trimmed, and empty ones are left
 * out (RFC 9110 §5.6.1.2, §5.6.6).
 * @returns undefined when a quoted string or `<…>` has no end
 */
export function splitValue(value: string, separator: "," | ";"): readonly string[] | undefined {
  const parts: string[] = [];
  let from = 0;
  let end: '"' | ">" | "" = "";
  for (let at = 0; at < value.length; at += 1) {
    const char = value[at];
    if (end !== "") {
      if (char === end) end = "";
      else if (char === "\\" && end === '"') at += 1;
    } else if (char === '"') end = '"';
    else if (char === "<") end = ">";
    else if (char === separator) {
      parts.push(value.slice(from, at));
      from = at + 1;
    }
  }
  if (end !== "") return undefined;
  return [...parts, value.slice(from)].map((part) => part.trim()).filter((part) => part !== "");
}

/**
 * Parses a parameter: a token with or without a token or a quoted string.
 * @param white whether white space around `=` is allowed, as in RFC 8288 §3 and RFC 9110 §11.2
 * @returns undefined when it is malformed
 */
export function parseParameter(text: string, white = false): Parameter | undefined {
  const equals = text.indexOf("=");
  if (equals === -1) return TOKEN.test(text) ? { name: text.toLowerCase(), value: undefined } : undefined;
  const [before, after] = [text.slice(0, equals), text.slice(equals + 1)];
  const [name, value] = white ? [before.trim(), after.trim()] : [before, after];
  const unquoted = unquote(value);
  return TOKEN.test(name) && unquoted !== undefined ? { name: name.toLowerCase(), value: unquoted } : undefined;
}

/** Parses all parts as parameters. @returns undefined when one is malformed */
export function parseParameters(parts: readonly string[] | undefined, white = false): readonly Parameter[] | undefined {
  const parsed = parts?.flatMap((part) => parseParameter(part, white) ?? []);
  return parsed?.length === parts?.length ? parsed : undefined;
}

/** One spelling of a parameter. */
export function writeParameter({ name, value }: Parameter): string {
  return value === undefined ? name : `${name}=${JSON.stringify(value)}`;
}

/** Parameters by name; those with one name keep their order. */
export function byName(parameters: readonly Parameter[]): readonly Parameter[] {
  return parameters.toSorted((a, b) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1));
}

export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** The text of a token or quoted string; undefined for anything else. An empty text is neither, but widely used. */
function unquote(text: string): string | undefined {
  if (QUOTED.test(text)) return text.slice(1, -1).replaceAll(/\\(.)/gs, "$1");
  // Parameters such as `type=text/html` or `q=a:b` are common without the quotes that RFC 9110 requires.
  return /^[^\s"\\,;<>]*$/.test(text) ? text : undefined;
}
