import type { Database } from "better-sqlite3";
import type { FeatureCount } from "../../../model/difference.ts";

/** Maximum number of features per endpoint and candidate. Further ones are counted together, one row per section. */
const MAX_FEATURES = 500;

/**
 * Finds the primary keys of features, and inserts missing rows within the limit. The keys are cached: call `forget` after
 * another process has written, and after a rollback.
 */
export class FeatureKeys {
  readonly #statements: ReturnType<typeof prepareStatements>;
  /** By endpoint key and name. */
  readonly #keys = new Map<number, Map<string, number>>();

  constructor(db: Database) {
    this.#statements = prepareStatements(db);
  }

  forget(): void {
    this.#keys.clear();
  }

  key(endpointKey: number, { section, path, feature }: Pick<FeatureCount, "section" | "path" | "feature">): number {
    const keys = this.#keys.get(endpointKey) ?? this.#load(endpointKey);
    const name = nameOf(section, path, feature);
    const known = keys.get(name);
    if (known !== undefined) return known;
    if (keys.size >= MAX_FEATURES && path !== "") return this.key(endpointKey, { section, path: "", feature: "" });
    const key = Number(this.#statements.insert.run(endpointKey, section, path, feature).lastInsertRowid);
    keys.set(name, key);
    return key;
  }

  #load(endpointKey: number): Map<string, number> {
    const rows = this.#statements.select.all(endpointKey);
    const keys = new Map(rows.map(({ key, section, path, feature }) => [nameOf(section, path, feature), key]));
    this.#keys.set(endpointKey, keys);
    return keys;
  }
}

function nameOf(section: string, path: string, feature: string): string {
  return `${section}\n${path}\n${feature}`;
}

function prepareStatements(db: Database) {
  return {
    select: db.prepare<[number], { key: number; section: string; path: string; feature: string }>(
      "SELECT key, section, path, feature FROM feature WHERE endpoint_key = ?",
    ),
    insert: db.prepare<[number, string, string, string]>(
      "INSERT INTO feature (endpoint_key, section, path, feature) VALUES (?, ?, ?, ?)",
    ),
  };
}
