import { LRUCache } from "lru-cache";
import { hashText } from "../tree-hash.ts";

/** The objects of one endpoint whose keys are data, although no key looks like it: `{"aXf": 1, "qPz": 2}`. */
export interface MapPaths {
  /** @param path of an object */
  has(path: string): boolean;
  /** Called for each key that only one of two objects has. @param side the object that has it */
  observe(path: string, side: "left" | "right", key: string): void;
}

/** An object is a map once each side had this many keys that the other did not have … */
const MIN_KEYS = 24;
/**
 * … and this share of the right side's was new: an optional member comes again, the keys of a map rarely do. The left side is
 * the primary, whose keys are seen again in the comparison with each of the others.
 */
const MIN_NEW_SHARE = 0.8;
/** Sightings after which the count starts again, so that a record with many optional members stays one. */
const WINDOW = 200;
const MAX_ENDPOINTS = 200;
/** Objects per endpoint. */
const MAX_OBJECTS = 100;

/** The keys of one object, as hashes, so that they keep no body alive. */
class KeyWatch {
  readonly #keys = { left: new Set<number>(), right: new Set<number>() };
  /** Keys seen on the right side. */
  #sightings = 0;
  #isMap = false;

  get isMap(): boolean {
    return this.#isMap;
  }

  observe(side: "left" | "right", key: string): void {
    if (this.#isMap) return;
    const { left, right } = this.#keys;
    this.#keys[side].add(hashText(key, 0));
    if (side === "right") this.#sightings += 1;
    const isNew = right.size >= MIN_NEW_SHARE * this.#sightings;
    this.#isMap = isNew && Math.min(left.size, right.size) >= MIN_KEYS;
    if (!this.#isMap && this.#sightings < WINDOW && left.size < WINDOW) return;
    left.clear();
    right.clear();
    this.#sightings = 0;
  }
}

class EndpointMaps implements MapPaths {
  readonly #objects = new Map<string, KeyWatch>();

  has(path: string): boolean {
    return this.#objects.get(path)?.isMap === true;
  }

  observe(path: string, side: "left" | "right", key: string): void {
    const known = this.#objects.get(path);
    if (known === undefined && this.#objects.size >= MAX_OBJECTS) return;
    const watch = known ?? new KeyWatch();
    if (known === undefined) this.#objects.set(path, watch);
    watch.observe(side, key);
  }
}

/** Learns the maps of each endpoint while a thread compares. @returns those of an endpoint */
export function createMapLearner(): (endpoint: string) => MapPaths {
  const endpoints = new LRUCache<string, EndpointMaps>({ max: MAX_ENDPOINTS });
  return (endpoint) => {
    const known = endpoints.get(endpoint);
    if (known !== undefined) return known;
    const maps = new EndpointMaps();
    endpoints.set(endpoint, maps);
    return maps;
  };
}

/**
 * The maps that the paths of known differences name: `$.prices{*}.net` names `$.prices`, unless `$.prices.total` is known too.
 * Then the other keys of this object look like data, and those of a map all count as data.
 */
export function mapsNamedBy(paths: readonly string[]): MapPaths {
  const [maps, records] = [new Set<string>(), new Set<string>()];
  for (const path of paths) {
    for (const { index, 0: step } of path.matchAll(/\{\*\}|\['(?:[^'\\]|\\.)*'\]|\.[^.[{…]+/g)) {
      (step === "{*}" ? maps : records).add(path.slice(0, index));
    }
  }
  return { has: (path) => maps.has(path) && !records.has(path), observe: () => undefined };
}
