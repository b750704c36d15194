import {
  RECORD_OVERHEAD,
  type AttributeChanges,
  type AttributeRows,
  type RecordRow,
  type StoredAttributes,
  type StratumRow,
} from "../../../counting/attribute-writer.ts";
import type { PostgresSession } from "../../connect/connection.ts";
import { decodeText } from "../../text-encoding.ts";
import { dayOf } from "../days.ts";
import { insertInto, rowStatement, writeRows } from "../write-rows.ts";

type JoinedRow = AttributeChanges["joined"][number];
type TemplateRow = AttributeChanges["templates"][number];

const JOINED = [
  ["endpointKey", "endpoint_key", "integer"],
  ["from", "joined", "integer"],
  ["to", "other", "integer"],
] as const;
const MOVE_RECORDS = rowStatement<JoinedRow>(
  JOINED,
  (rows) =>
    `UPDATE attribute_record AS own SET stratum = new.other FROM ${rows}
     WHERE run_key = $1 AND own.endpoint_key = new.endpoint_key AND own.stratum = new.joined`,
);
const DELETE_STRATA = rowStatement<JoinedRow>(
  JOINED,
  (rows) =>
    `DELETE FROM attribute_stratum AS own USING ${rows}
     WHERE run_key = $1 AND own.endpoint_key = new.endpoint_key AND own.number = new.joined`,
);
const PUT_STRATA = insertInto<StratumRow>(
  "attribute_stratum",
  [
    ["endpointKey", "endpoint_key", "integer"],
    ["number", "number", "integer"],
    ["stratum", "stratum", "text"],
    ["below", "below", "double precision"],
    ["version", "version", "bigint"],
    ["bytes", "bytes", "bigint"],
  ],
  `ON CONFLICT (run_key, endpoint_key, number) DO UPDATE
   SET below = excluded.below, version = excluded.version, bytes = excluded.bytes`,
);
const DELETE_FROM = rowStatement<StratumRow>(
  [
    ["endpointKey", "endpoint_key", "integer"],
    ["number", "number", "integer"],
    ["below", "below", "double precision"],
  ],
  (rows) =>
    `DELETE FROM attribute_record AS own USING ${rows}
     WHERE run_key = $1 AND own.endpoint_key = new.endpoint_key AND own.stratum = new.number AND draw >= new.below`,
);
const INSERT_TEMPLATES = insertInto<TemplateRow>("attribute_template", [
  ["endpointKey", "endpoint_key", "integer"],
  ["number", "number", "integer"],
  ["content", "content", "text"],
]);
const INSERT_RECORDS = insertInto<RecordRow & { readonly day: number }>("attribute_record", [
  ["day", "day", "integer"],
  ["endpointKey", "endpoint_key", "integer"],
  ["stratum", "stratum", "integer"],
  ["draw", "draw", "double precision"],
  ["id", "id", "text"],
  ["at", "at", "bigint"],
  ["content", "content", "text"],
]);

type OfEndpoint<Row> = Row & { readonly endpointKey: number };

/** The rows of the kept attributes of a run. What an endpoint has is in memory only until it is read. */
export class AttributeMemory implements AttributeRows {
  readonly #runKey: number;
  readonly #loaded = new Map<number, StoredAttributes>();
  #bytes: number | undefined;

  constructor(runKey: number) {
    this.#runKey = runKey;
  }

  /** Must be called before records of these endpoints are offered. */
  async load(session: PostgresSession, endpoints: readonly number[]): Promise<void> {
    if (endpoints.length === 0) return;
    this.#bytes ??= await selectBytes(session, this.#runKey);
    const ofEndpoints = "WHERE run_key = $1 AND endpoint_key = ANY ($2)";
    const select = async <Row extends object>(sql: string): Promise<ReadonlyMap<number, readonly Row[]>> => {
      const { rows } = await session.query<OfEndpoint<Row>>(sql, [this.#runKey, endpoints]);
      return Map.groupBy(rows, ({ endpointKey }) => endpointKey);
    };
    const strata = await select<StoredAttributes["strata"][number]>(
      `SELECT endpoint_key AS "endpointKey", number, stratum, below FROM attribute_stratum ${ofEndpoints}`,
    );
    const records = await select<StoredAttributes["records"][number]>(
      `SELECT endpoint_key AS "endpointKey", stratum, draw, id, octet_length(content) + ${RECORD_OVERHEAD} AS bytes
       FROM attribute_record ${ofEndpoints} ORDER BY endpoint_key, stratum, draw, id`,
    );
    const templates = await select<{ readonly content: string }>(
      `SELECT endpoint_key AS "endpointKey", content FROM attribute_template ${ofEndpoints} ORDER BY endpoint_key, number`,
    );
    for (const key of endpoints) {
      this.#loaded.set(key, {
        strata: (strata.get(key) ?? []).map((row) => ({ ...row, stratum: decodeText(row.stratum) })),
        records: (records.get(key) ?? []).map((row) => ({ ...row, id: decodeText(row.id) })),
        templates: (templates.get(key) ?? []).map(({ content }) => content),
      });
    }
  }

  read(endpointKey: number): StoredAttributes {
    const loaded = this.#loaded.get(endpointKey);
    if (loaded === undefined) throw new Error(`The attributes of the endpoint ${endpointKey} were not loaded.`);
    this.#loaded.delete(endpointKey);
    return loaded;
  }

  bytesOf(): number {
    return this.#bytes ?? 0;
  }

  async write(session: PostgresSession, changes: AttributeChanges): Promise<void> {
    const { joined, strata, templates, records } = changes;
    await writeRows(session, MOVE_RECORDS, this.#runKey, joined);
    await writeRows(session, DELETE_STRATA, this.#runKey, joined);
    await writeRows(session, PUT_STRATA, this.#runKey, strata);
    await writeRows(session, DELETE_FROM, this.#runKey, strata);
    await writeRows(session, INSERT_TEMPLATES, this.#runKey, templates);
    const ofDays = records.map((row) => ({ ...row, day: dayOf(row.at) }));
    await writeRows(session, INSERT_RECORDS, this.#runKey, ofDays);
  }
}

async function selectBytes(session: PostgresSession, runKey: number): Promise<number> {
  const { rows } = await session.query<{ readonly bytes: number }>(
    `SELECT (SELECT coalesce(sum(bytes), 0) FROM attribute_stratum WHERE run_key = $1)
       + (SELECT coalesce(sum(octet_length(content)), 0) FROM attribute_template WHERE run_key = $1) AS bytes`,
    [runKey],
  );
  return rows[0]?.bytes ?? 0;
}
