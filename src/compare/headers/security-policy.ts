import type { Form } from "./value-forms.ts";

/** Their values are names of groups and policies (CSP 3 §6.5.2, Trusted Types §4.3.1), or URLs, which can be relative. */
const NAMING_DIRECTIVES: ReadonlySet<string> = new Set(["report-to", "report-uri", "trusted-types"]);
const SCHEME_AND_HOST = /^(?:[a-z][a-z\d+.-]*:\/\/)?[^/]*/i;

/**
 * Policies separated by commas; in each, the first directive of a name counts, and neither directives nor the sources of one
 * have an order (CSP 3 §2.2). Keywords, schemes and hosts ignore case; nonces, hashes, paths and names do not.
 */
export const securityPolicy: Form = (value) =>
  value.split(",").map((policy) => {
    const directives = new Map<string, string>();
    for (const text of policy.split(";")) {
      const [written = "", ...sources] = text.trim().split(/\s+/);
      const name = written.toLowerCase();
      if (name === "" || directives.has(name)) continue;
      const canonical = NAMING_DIRECTIVES.has(name) ? sources : sources.map(canonicalSource);
      directives.set(name, [...new Set(canonical)].toSorted().join(" "));
    }
    return [...directives]
      .map(([name, sources]) => `${name} ${sources}`.trim())
      .toSorted()
      .join("; ");
  });

function canonicalSource(source: string): string {
  if (source.startsWith("'")) return /^'(?!nonce-)[a-z-]+'$/i.test(source) ? source.toLowerCase() : source;
  return source.replace(SCHEME_AND_HOST, (origin) => origin.toLowerCase());
}
