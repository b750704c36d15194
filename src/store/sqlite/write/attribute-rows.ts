import type { Database } from "better-sqlite3";
import {
  RECORD_OVERHEAD,
  type AttributeChanges,
  type AttributeRows,
  type RecordRow,
  type StoredAttributes,
  type StratumRow,
} from "../../counting/attribute-writer.ts";

/** The rows of kept attributes in SQLite. */
export function createAttributeRows(db: Database): AttributeRows & {
  readonly nextVersion: () => number;
  /** Must run within a transaction. */
  readonly write: (changes: AttributeChanges) => void;
} {
  const statements = prepareStatements(db);
  return {
    read: (endpointKey) => ({
      strata: statements.strata.all(endpointKey),
      records: statements.records.all(endpointKey),
      templates: statements.templates.all(endpointKey),
    }),
    bytesOf: (runKey) => statements.bytesOf.get({ runKey }) as number,
    nextVersion: () => statements.nextVersion.get() as number,
    write({ joined, strata, templates, records }) {
      for (const row of joined) {
        statements.moveRecords.run(row);
        statements.deleteStratum.run(row);
      }
      for (const row of strata) {
        statements.putStratum.run(row);
        statements.deleteFrom.run(row);
      }
      for (const row of templates) statements.insertTemplate.run(row);
      for (const row of records) statements.insertRecord.run(row);
    },
  };
}

/** Deletes kept attributes. Both functions must run within a transaction. */
export function createAttributeDeletion(db: Database) {
  const { nextVersion } = prepareStatements(db);
  const { markChanged, deleteMinute, measure, oldestEndpoint, clearStrata, deleteRecords } = prepareDeletion(db);
  return {
    /** Deletes the records of a minute of a run, whose exchanges are no longer counted. */
    ofMinute(runKey: number, fromMs: number, toMs: number): void {
      const version = nextVersion.get() as number;
      markChanged.run({ version, runKey, fromMs, toMs });
      deleteMinute.run({ runKey, fromMs, toMs });
      measure.run({ version });
    },
    /** Deletes all records of the endpoint that has the oldest one. @returns whether there was one */
    ofOldestEndpoint(): boolean {
      const endpointKey = oldestEndpoint.get();
      if (endpointKey === undefined) return false;
      clearStrata.run({ endpointKey, version: nextVersion.get() as number });
      deleteRecords.run({ endpointKey });
      return true;
    },
  };
}

interface EndpointRun {
  readonly runKey: number;
}
type JoinedRow = AttributeChanges["joined"][number];

const OF_RUN = "endpoint_key IN (SELECT key FROM endpoint WHERE run_key = @runKey)";
const SIZE = `coalesce(sum(octet_length(content) + ${RECORD_OVERHEAD}), 0)`;

function prepareStatements(db: Database) {
  return {
    strata: db.prepare<[number], StoredAttributes["strata"][number]>(
      "SELECT number, stratum, below FROM attribute_stratum WHERE endpoint_key = ?",
    ),
    records: db.prepare<[number], StoredAttributes["records"][number]>(
      `SELECT stratum, draw, id, octet_length(content) + ${RECORD_OVERHEAD} AS bytes
       FROM attribute_record WHERE endpoint_key = ? ORDER BY stratum, draw, id`,
    ),
    templates: db
      .prepare<[number], string>("SELECT content FROM attribute_template WHERE endpoint_key = ? ORDER BY number")
      .pluck(),
    bytesOf: db
      .prepare<[EndpointRun], number>(
        `SELECT (SELECT coalesce(sum(bytes), 0) FROM attribute_stratum WHERE ${OF_RUN})
           + (SELECT coalesce(sum(octet_length(content)), 0) FROM attribute_template WHERE ${OF_RUN})`,
      )
      .pluck(),
    nextVersion: db.prepare<[], number>("UPDATE block_version SET version = version + 1 RETURNING version").pluck(),
    moveRecords: db.prepare<[JoinedRow]>(
      "UPDATE attribute_record SET stratum = @to WHERE endpoint_key = @endpointKey AND stratum = @from",
    ),
    deleteStratum: db.prepare<[JoinedRow]>(
      "DELETE FROM attribute_stratum WHERE endpoint_key = @endpointKey AND number = @from",
    ),
    putStratum: db.prepare<[StratumRow]>(
      `INSERT INTO attribute_stratum (endpoint_key, number, stratum, below, version, bytes)
       VALUES (@endpointKey, @number, @stratum, @below, @version, @bytes) ON CONFLICT DO UPDATE
       SET below = excluded.below, version = excluded.version, bytes = excluded.bytes`,
    ),
    deleteFrom: db.prepare<[StratumRow]>(
      "DELETE FROM attribute_record WHERE endpoint_key = @endpointKey AND stratum = @number AND draw >= @below",
    ),
    insertTemplate: db.prepare<[AttributeChanges["templates"][number]]>(
      "INSERT INTO attribute_template (endpoint_key, number, content) VALUES (@endpointKey, @number, @content)",
    ),
    insertRecord: db.prepare<[RecordRow]>(
      `INSERT INTO attribute_record (endpoint_key, stratum, draw, id, at, content)
       VALUES (@endpointKey, @stratum, @draw, @id, @at, @content)`,
    ),
  };
}

interface Period extends EndpointRun {
  readonly fromMs: number;
  readonly toMs: number;
}

function prepareDeletion(db: Database) {
  const ofMinute = `at >= @fromMs AND at < @toMs AND ${OF_RUN}`;
  const measured = `(SELECT ${SIZE} FROM attribute_record AS own
    WHERE own.endpoint_key = attribute_stratum.endpoint_key AND own.stratum = number)`;
  return {
    markChanged: db.prepare<[Period & { readonly version: number }]>(
      `UPDATE attribute_stratum SET version = @version
       WHERE (endpoint_key, number) IN (SELECT endpoint_key, stratum FROM attribute_record WHERE ${ofMinute})`,
    ),
    deleteMinute: db.prepare<[Period]>(`DELETE FROM attribute_record WHERE ${ofMinute}`),
    measure: db.prepare<[{ readonly version: number }]>(
      `UPDATE attribute_stratum SET bytes = ${measured} WHERE version = @version`,
    ),
    oldestEndpoint: db.prepare<[], number>("SELECT endpoint_key FROM attribute_record ORDER BY at LIMIT 1").pluck(),
    clearStrata: db.prepare<[{ readonly endpointKey: number; readonly version: number }]>(
      "UPDATE attribute_stratum SET below = 0, bytes = 0, version = @version WHERE endpoint_key = @endpointKey",
    ),
    deleteRecords: db.prepare<[{ readonly endpointKey: number }]>(
      "DELETE FROM attribute_record WHERE endpoint_key = @endpointKey",
    ),
  };
}
