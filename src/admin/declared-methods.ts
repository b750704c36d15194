/** The methods of each path of the API, for requests with another one (RFC 9110 §15.5.6). */
export class DeclaredMethods {
  readonly #methods = new Map<string, Set<string>>();

  /** @param url pattern of a route: `/api/v1/rules/:id` */
  add({ url, method }: { readonly url: string; readonly method: string | readonly string[] }): void {
    // Patterns with expressions of their own are for files, which only GET can load.
    if (url.includes("(")) return;
    const known = this.#methods.get(url) ?? new Set();
    for (const each of [method].flat()) known.add(each);
    this.#methods.set(url, known);
  }

  /** @returns the methods of the routes that match a path, in alphabetical order; empty for an unknown path */
  at(path: string): readonly string[] {
    const matching = [...this.#methods].filter(([pattern]) => matches(pattern, path));
    return [...new Set(matching.flatMap(([, methods]) => [...methods]))].toSorted();
  }
}

/** A parameter matches one segment, and a final `*` the rest. */
function matches(pattern: string, path: string): boolean {
  if (pattern.endsWith("*")) return path.startsWith(pattern.slice(0, -1));
  const wanted = pattern.split("/");
  const segments = path.split("/");
  return (
    wanted.length === segments.length &&
    wanted.every((part, index) => (part.startsWith(":") ? segments[index] !== "" : part === segments[index]))
  );
}
