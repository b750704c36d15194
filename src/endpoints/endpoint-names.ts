import { OVERFLOW_ENDPOINT } from "../model/difference.ts";
import { estimatedValues } from "./estimated-values.ts";
import { isConventional, splitEndpoint, type LearnedTemplate } from "./learned-template.ts";
import type { TemplatePosition } from "../model/views/templates.ts";
import { parameterName } from "./parameter-name.ts";
import { spelledValues } from "./spelled-values.ts";
import { createTemplateFolder, type TemplateFolder } from "./template-folder.ts";

/** Once half of the maximum number of names is used, a segment that is estimated to have more values becomes a parameter. */
const MAX_ESTIMATED_WHEN_CROWDED = 150;
/** From fewer values, no estimate can be as high. */
const MIN_VALUES_TO_ESTIMATE = 25;
/** A frequent value stays an endpoint of its own: seen this often, and this many times as often as the others. */
const MIN_FREQUENT = 4;
const TIMES_AS_OFTEN = 4;
/** Maximum number of frequent values of a segment. */
const MAX_FREQUENT = 10;

export interface NameLimits {
  /** Maximum number of names of a run. */
  readonly maxEndpoints: number;
  /** Maximum number of values of one segment; 0 for no maximum. */
  readonly maxSegmentValues: number;
}

/** An endpoint of a route, as it is compared with one candidate. */
export interface NamedExchanges {
  readonly route: string;
  readonly endpoint: string;
  readonly candidate: string;
  /** Compared exchanges. */
  count: number;
}

/** The endpoints and patterns that a person has written, in rules for example. */
type Patterns = () => readonly string[];

/** What becomes of a new name. */
export type Admission =
  | { readonly type: "added" }
  /** There are too many names. */
  | { readonly type: "refused" }
  /** The name has shown that a segment has too many values. */
  | { readonly type: "learned"; readonly template: LearnedTemplate };

/** A segment below one template, and its values. */
interface Position extends TemplatePosition {
  readonly key: string;
  readonly values: Set<string>;
}

/** Refused names that are kept to learn from them, for each name that is allowed, and in all. */
const OBSERVED_PER_NAME = 10;
const MAX_OBSERVED = 20_000;

/**
 * The names of a run's endpoints, at most `maxEndpoints`. A segment with too many values becomes a parameter, mostly before the
 * maximum is reached. What is learned depends only on the names and counts in the order of their arrival, and stays.
 */
export class EndpointNames {
  readonly #limits: NameLimits;
  readonly #folder: TemplateFolder;
  /** Positions that are parameters, or never become one. */
  readonly #decided: ReadonlySet<string>;
  readonly #names = new Set<string>();
  readonly #refused = new Set<string>();
  /** By candidate and name; also of names that were refused. */
  readonly #uses = new Map<string, NamedExchanges>();
  readonly #positions = new Map<string, Position>();

  /**
   * @param keptApart segments that never become a parameter
   * @param admitted what is known; names are folded
   * @param refused names beyond the maximum; they are observed further
   */
  constructor(
    limits: NameLimits,
    templates: readonly LearnedTemplate[],
    keptApart: readonly TemplatePosition[] = [],
    admitted: Iterable<NamedExchanges> = [],
    refused: Iterable<NamedExchanges> = [],
  ) {
    this.#limits = limits;
    this.#folder = createTemplateFolder(templates);
    this.#decided = new Set([...templates, ...keptApart].map(positionKey));
    for (const one of admitted) if (one.endpoint !== OVERFLOW_ENDPOINT) this.#names.add(this.#addKnown(one));
    for (const one of refused) {
      const name = this.#addKnown(one);
      if (!this.#names.has(name)) this.#refused.add(name);
    }
  }

  /** The name under which an endpoint counts. */
  fold({ route, endpoint }: Pick<NamedExchanges, "route" | "endpoint">): string {
    return this.#folder.fold(route, endpoint);
  }

  /** The counter of a candidate's exchanges with the name of an endpoint. */
  use({ candidate, ...named }: Omit<NamedExchanges, "count">): NamedExchanges {
    const { route } = named;
    const endpoint = this.fold(named);
    const key = `${candidate}\n${nameKey(route, endpoint)}`;
    const use = this.#uses.get(key) ?? { route, endpoint, candidate, count: 0 };
    this.#uses.set(key, use);
    return use;
  }

  /** Counts exchanges with a name that was refused, if there is room to observe it. */
  observe({ count, ...named }: NamedExchanges): void {
    if (this.#refused.has(nameKey(named.route, this.fold(named)))) this.use(named).count += count;
  }

  /** What is known of the names that were admitted, or of those that were refused. */
  uses(which: "admitted" | "refused"): readonly NamedExchanges[] {
    const names = which === "admitted" ? this.#names : this.#refused;
    return [...this.#uses.values()].filter(({ route, endpoint }) => names.has(nameKey(route, endpoint)));
  }

  /** @param endpoint a folded name */
  admit(route: string, endpoint: string, patterns: Patterns): Admission {
    const { maxEndpoints } = this.#limits;
    const name = nameKey(route, endpoint);
    if (this.#names.has(name)) return { type: "added" };
    const isFull = this.#names.size >= maxEndpoints;
    if (isFull) {
      if (this.#refused.has(name) || this.#refused.size >= Math.min(MAX_OBSERVED, OBSERVED_PER_NAME * maxEndpoints))
        return { type: "refused" };
      this.#refused.add(name);
    } else {
      this.#names.add(name);
      this.#refused.delete(name);
    }
    const position = this.#addValues(route, endpoint).findLast((grown) => this.#hasTooMany(grown));
    if (position !== undefined) return { type: "learned", template: this.#learn(position, patterns) };
    return { type: isFull ? "refused" : "added" };
  }

  /** What follows from a template that was learned: values below several values of a segment are now below one parameter. */
  learnMore(patterns: Patterns): LearnedTemplate | undefined {
    const position = [...this.#positions.values()].find((each) => this.#hasTooMany(each));
    return position === undefined ? undefined : this.#learn(position, patterns);
  }

  /** @returns the key of the folded name */
  #addKnown({ count, ...named }: NamedExchanges): string {
    const use = this.use(named);
    use.count += count;
    this.#addValues(use.route, use.endpoint);
    return nameKey(use.route, use.endpoint);
  }

  /** @returns the segments with a value that they did not have before, from the first on */
  #addValues(route: string, endpoint: string): readonly Position[] {
    return positionsOf(route, endpoint).flatMap(({ value, ...position }) => {
      const known = this.#positions.get(position.key) ?? { ...position, values: new Set() };
      if (known.values.has(value)) return [];
      known.values.add(value);
      this.#positions.set(position.key, known);
      return [known];
    });
  }

  #hasTooMany(position: Position): boolean {
    const { maxEndpoints, maxSegmentValues } = this.#limits;
    if (maxSegmentValues === 0 || this.#decided.has(position.key)) return false;
    if (position.values.size > maxSegmentValues) return true;
    const isCrowded = this.#names.size * 2 > maxEndpoints && position.values.size > MIN_VALUES_TO_ESTIMATE;
    return isCrowded && estimatedValues(this.#countsOf(position).values()) > MAX_ESTIMATED_WHEN_CROWDED;
  }

  #learn(position: Position, patterns: Patterns): LearnedTemplate {
    const { route, method, parent } = position;
    const counts = this.#countsOf(position);
    const literals = [...new Set([...frequentValues(counts), ...spelledValues(patterns(), position)])].toSorted();
    const values = [...position.values].filter((value) => !literals.includes(value));
    return { route, method, parent, parameter: parameterName(parent, values), literals };
  }

  /** How often each value of a segment was seen: by the candidate with the most exchanges. */
  #countsOf({ route, method, parent, values }: Position): ReadonlyMap<string, number> {
    const start = `${method} ${parent}/`;
    const byCandidate = new Map<string, Map<string, number>>();
    for (const use of this.#uses.values()) {
      if (use.route !== route || !use.endpoint.startsWith(start)) continue;
      const value = use.endpoint.slice(start.length).split("/", 1)[0] ?? "";
      const counts = byCandidate.get(use.candidate) ?? new Map<string, number>();
      if (values.has(value)) counts.set(value, (counts.get(value) ?? 0) + use.count);
      byCandidate.set(use.candidate, counts);
    }
    const most = new Map<string, number>();
    for (const counts of byCandidate.values())
      for (const [value, count] of counts) most.set(value, Math.max(count, most.get(value) ?? 0));
    return most;
  }
}

/** The most frequent values, as long as each was seen several times as often as the mean of all that are not among them. */
export function frequentValues(counts: ReadonlyMap<string, number>): readonly string[] {
  const sorted = [...counts].toSorted(([, one], [, other]) => other - one);
  const others = sorted.slice(MAX_FREQUENT);
  const mean = others.reduce((sum, [, count]) => sum + count, 0) / Math.max(1, others.length);
  const least = Math.max(MIN_FREQUENT, TIMES_AS_OFTEN * mean);
  return sorted
    .slice(0, MAX_FREQUENT)
    .filter(([, count]) => count >= least)
    .map(([value]) => value);
}

/** The segments of an endpoint whose values are counted, from the first on. */
export function positionsOf(route: string, endpoint: string) {
  const { method = "", segments = [] } = splitEndpoint(endpoint) ?? {};
  let parent = "";
  return segments.flatMap((value) => {
    const position = { route, method, parent };
    parent += `/${value}`;
    return isConventional(value) ? [] : [{ ...position, key: positionKey(position), value }];
  });
}

export function positionKey({ route, method, parent }: TemplatePosition): string {
  return `${route}\n${method} ${parent}`;
}

function nameKey(route: string, endpoint: string): string {
  return `${endpoint}\n${route}`;
}
