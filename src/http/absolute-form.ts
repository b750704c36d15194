/** A request target in absolute form (RFC 9112 §3.2.2). */
export interface AbsoluteForm {
  /** In lower case. */
  readonly scheme: "http" | "https";
  /** As the client sent it. */
  readonly authority: string;
  /** Path and query; can be empty. */
  readonly rest: string;
}

const ABSOLUTE_FORM = /^(https?):\/\/([^/?#]*)(.*)$/i;
/** The default port of a scheme, and a port that is empty (RFC 9110 §4.2.3). */
const DEFAULT_PORT = { http: /:(?:80)?$/, https: /:(?:443)?$/ } as const;

/** @returns null for any other form */
export function parseAbsoluteForm(target: string): AbsoluteForm | null {
  const [, scheme = "", authority = "", rest = ""] = ABSOLUTE_FORM.exec(target) ?? [];
  if (scheme === "") return null;
  return { scheme: scheme.length === "https".length ? "https" : "http", authority, rest };
}

/** Whether two authorities are equivalent: host names ignore case, and the default port can be left out (RFC 9110 §4.2.3). */
export function isSameAuthority(one: string, other: string, scheme: "http" | "https"): boolean {
  return one === other || normalized(one, scheme) === normalized(other, scheme);
}

function normalized(authority: string, scheme: "http" | "https"): string {
  return authority.toLowerCase().replace(DEFAULT_PORT[scheme], "");
}
