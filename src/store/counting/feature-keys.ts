import type { FeatureCount } from "../../model/difference.ts";

/** Maximum number of features per endpoint and candidate. Further ones are counted together, one row per section. */
const MAX_FEATURES = 500;

export type Feature = Pick<FeatureCount, "section" | "path" | "feature">;

export interface FeatureRows {
  /** The features of an endpoint. */
  select(endpointKey: number): readonly (Feature & { readonly key: number })[];
  /** @returns the key of the new feature */
  insert(endpointKey: number, feature: Feature): number;
}

/**
 * Finds the primary keys of features, and inserts missing rows within the limit. The keys are cached: call `forget` after
 * another process has written, and after a rollback.
 */
export class FeatureKeys {
  readonly #rows: FeatureRows;
  /** By endpoint key and name. */
  readonly #keys = new Map<number, Map<string, number>>();

  constructor(rows: FeatureRows) {
    this.#rows = rows;
  }

  forget(): void {
    this.#keys.clear();
  }

  key(endpointKey: number, { section, path, feature }: Feature): number {
    const keys = this.#keys.get(endpointKey) ?? this.#load(endpointKey);
    const name = nameOf(section, path, feature);
    const known = keys.get(name);
    if (known !== undefined) return known;
    if (keys.size >= MAX_FEATURES && path !== "") return this.key(endpointKey, { section, path: "", feature: "" });
    const key = this.#rows.insert(endpointKey, { section, path, feature });
    keys.set(name, key);
    return key;
  }

  #load(endpointKey: number): Map<string, number> {
    const rows = this.#rows.select(endpointKey);
    const keys = new Map(rows.map(({ key, section, path, feature }) => [nameOf(section, path, feature), key]));
    this.#keys.set(endpointKey, keys);
    return keys;
  }
}

function nameOf(section: string, path: string, feature: string): string {
  return `${section}\n${path}\n${feature}`;
}
