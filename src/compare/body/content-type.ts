/** A Content-Type, parsed leniently: parts that cannot be parsed are omitted. */
export interface ContentType {
  /** Type and subtype in lower case, without parameters; empty when there is no type. */
  readonly mediaType: string;
  /** Values by lower-case name. The first value of a repeated name wins. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** RFC 9110 §5.6.6: a value is a token or a quoted string. */
const PARAMETER = /;\s{0,50}([^\s;=]{1,100})\s{0,10}=\s{0,10}(?:"((?:[^"\\]|\\.){0,1000})"|([^\s;]{0,1000}))/gs;

export function parseContentType(text: string): ContentType {
  const mediaType = text.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const parameters = new Map<string, string>();
  for (const [, name = "", quoted, token = ""] of text.matchAll(PARAMETER)) {
    const key = name.toLowerCase();
    const value = quoted === undefined ? token : quoted.replaceAll(/\\(.)/gs, "$1");
    if (!parameters.has(key)) parameters.set(key, value);
  }
  return { mediaType, parameters };
}
