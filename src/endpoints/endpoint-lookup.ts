import { LRUCache } from "lru-cache";
import { createEndpointNamer } from "./endpoint-namer.ts";
import type { LearnedTemplate } from "./learned-template.ts";
import { pathShape } from "./path-shape.ts";

/** Paths whose endpoints are kept: naming one takes some microseconds. */
const MAX_PATHS = 10_000;

/** What the names of endpoints depend on. */
export interface EndpointNaming {
  /** Configured path templates. */
  readonly endpoints: readonly string[];
  /** Learned from traffic. */
  readonly templates: readonly LearnedTemplate[];
}

/**
 * Finds the endpoint of a request before it is decided whether it is mirrored, under the name by which the report knows it. A
 * wrong name, because a template was just learned, costs efficiency only: the weight of an exchange travels with it.
 */
export class EndpointLookup {
  readonly #redactTarget: (target: string) => string;
  readonly #known = new LRUCache<string, string>({ max: MAX_PATHS });
  readonly #similar = new LRUCache<string, string>({ max: MAX_PATHS });
  #nameEndpoint = createEndpointNamer([]);

  /** @param redactTarget replaces secrets, which a name must not contain */
  constructor(redactTarget: (target: string) => string) {
    this.#redactTarget = redactTarget;
  }

  setNaming({ endpoints, templates }: EndpointNaming): void {
    this.#nameEndpoint = createEndpointNamer(endpoints, templates);
    this.#known.clear();
    this.#similar.clear();
  }

  /** @param target in origin form */
  endpointOf(route: string, method: string, target: string): string {
    const end = target.search(/[?#]/);
    const path = end === -1 ? target : target.slice(0, end);
    const key = `${route}\n${method} ${path}`;
    let endpoint = this.#known.get(key);
    if (endpoint === undefined) {
      endpoint = this.#nameEndpoint(method, this.#redactTarget(path), route);
      this.#known.set(key, endpoint);
    }
    return endpoint;
  }

  /**
   * As `endpointOf`, but paths of one shape count as one, so that few have to be named although identifiers occur once.
   * @param target in origin form
   */
  similarEndpointOf(route: string, method: string, target: string): string {
    const key = `${route}\n${method} ${pathShape(target)}`;
    let endpoint = this.#similar.get(key);
    if (endpoint === undefined) {
      endpoint = this.endpointOf(route, method, target);
      this.#similar.set(key, endpoint);
    }
    return endpoint;
  }
}
