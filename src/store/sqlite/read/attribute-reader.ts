import type { Database } from "better-sqlite3";
import {
  AttributeCache,
  type AttributeRead,
  type StoredRecord,
  type StratumVersion,
} from "../../reading/attribute-cache.ts";

type Read = Parameters<AttributeCache["begin"]>[0];

/** Reads kept attributes. */
export class AttributeReader {
  readonly #cache = new AttributeCache();
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #read: (of: Omit<Read, "strata">) => ReturnType<AttributeRead["finish"]>;

  constructor(db: Database) {
    this.#statements = prepareStatements(db);
    // On one snapshot of the database.
    this.#read = db.transaction((of: Omit<Read, "strata">) => {
      const { strata, records, templates } = this.#statements;
      const keys = JSON.stringify(of.endpoints.map(({ key }) => key));
      const read = this.#cache.begin({ ...of, strata: strata.all(keys) });
      const changed = JSON.stringify(read.changed.map(({ endpointKey, number }) => [endpointKey, number]));
      const owners = JSON.stringify([...new Set(read.changed.map(({ endpointKey }) => endpointKey))]);
      return read.finish({ records: records.all(changed), templates: templates.all(owners) });
    });
  }

  /** @param of the endpoints to read */
  attributes(of: Omit<Read, "strata">): ReturnType<AttributeRead["finish"]> {
    return this.#read(of);
  }
}

function prepareStatements(db: Database) {
  return {
    strata: db.prepare<[string], StratumVersion>(
      `SELECT endpoint_key AS endpointKey, number, stratum, below, version
       FROM json_each(?) CROSS JOIN attribute_stratum ON endpoint_key = value`,
    ),
    records: db.prepare<[string], StoredRecord>(
      `SELECT endpoint_key AS endpointKey, stratum, draw, attribute_record.id, at, content FROM json_each(?)
       CROSS JOIN attribute_record ON endpoint_key = value ->> 0 AND stratum = value ->> 1
       ORDER BY endpoint_key, stratum, draw, attribute_record.id`,
    ),
    templates: db.prepare<[string], { readonly endpointKey: number; readonly content: string }>(
      `SELECT endpoint_key AS endpointKey, content FROM json_each(?) CROSS JOIN attribute_template ON endpoint_key = value
       ORDER BY endpoint_key, number`,
    ),
  };
}
