import { LRUCache } from "lru-cache";
import { createTemplateFolder } from "../../endpoints/template-folder.ts";
import type { LearnedTemplate } from "../../endpoints/learned-template.ts";
import type { PerEndpoint } from "../store.ts";

/** Sums that are kept, of all endpoints and kinds of rows together. */
const MAX_SUMS = 2_000;

/** Adds up the rows of several endpoints, and names the sum. */
type Merge<Rows> = (parts: readonly Rows[], endpoint: string) => Rows;

interface Sum {
  readonly parts: readonly unknown[];
  readonly rows: unknown;
}

/** Adds up the counts of endpoints that were stored under their own names before a template was learned. */
export class EndpointFolder {
  readonly #folder: ReturnType<typeof createTemplateFolder>;
  readonly #isIdle: boolean;
  readonly #sums = new LRUCache<string, Sum>({ max: MAX_SUMS });

  constructor(templates: readonly LearnedTemplate[]) {
    this.#folder = createTemplateFolder(templates);
    this.#isIdle = templates.length === 0;
  }

  /** The name under which a stored endpoint is reported. */
  nameOf({ route, endpoint }: { readonly route: string; readonly endpoint: string }): string {
    return this.#folder.fold(route, endpoint);
  }

  /**
   * @param kind of the rows and of where they come from: the same rows of the same kind give the same object
   * @returns in the order of routes and names
   */
  fold<Rows>(kind: string, all: readonly PerEndpoint<Rows>[], merge: Merge<Rows>): readonly PerEndpoint<Rows>[] {
    if (this.#isIdle) return all;
    const groups = Map.groupBy(all, (each) => JSON.stringify([each.route, this.nameOf(each)]));
    const folded = [...groups].map(([key, group]): PerEndpoint<Rows> => {
      const [first, second] = group as [PerEndpoint<Rows>, ...PerEndpoint<Rows>[]];
      const endpoint = this.nameOf(first);
      if (second === undefined && endpoint === first.endpoint) return first;
      const rows = this.#sum(
        `${kind}\n${key}`,
        group.map((each) => each.rows),
        (parts) => merge(parts, endpoint),
      );
      return { route: first.route, endpoint, rows };
    });
    return folded.sort(
      (one, other) => compareNames(one.route, other.route) || compareNames(one.endpoint, other.endpoint),
    );
  }

  #sum<Rows>(key: string, parts: readonly Rows[], merge: (parts: readonly Rows[]) => Rows): Rows {
    const known = this.#sums.get(key);
    if (known?.parts.length === parts.length && parts.every((part, at) => part === known.parts[at]))
      return known.rows as Rows;
    const rows = merge(parts);
    this.#sums.set(key, { parts, rows });
    return rows;
  }
}

/** As SQLite sorts. */
function compareNames(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
