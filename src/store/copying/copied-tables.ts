import { unpackRecentBlocks, packRecentBlocks } from "../packing/recent-blocks.ts";
import { type ColumnType, insertInto, type RowStatement } from "../postgres/merge/write-rows.ts";
import { endpointDigest } from "../postgres/text-encoding.ts";

export type CopiedRow = Readonly<Record<string, string | number | Uint8Array | null>>;

/** How the rows of a run get from SQLite into one table of PostgreSQL. */
export interface CopiedTable {
  readonly name: string;
  /** On the file; `@run` is the key of the run. The order of the rows does not change as long as they do not. */
  readonly select: string;
  readonly insert: RowStatement<CopiedRow>;
  /** Completes a row. @param blockVersion the version of all blocks of the run in PostgreSQL */
  readonly complete: (row: CopiedRow, blockVersion: number) => CopiedRow;
}

const OF_ENDPOINTS = "endpoint_key IN (SELECT key FROM endpoint WHERE run_key = @run)";
const OF_SETS = `set_key IN (SELECT key FROM outcome_set WHERE ${OF_ENDPOINTS})`;
const OF_SAMPLES = "sample ON sample.key = sample_key WHERE sample.run_key = @run";
const MS = (role: string): string =>
  `(SELECT ms FROM sample_leg WHERE sample_key = sample.key AND role = '${role}') AS ${role}_ms`;
const DAY_OF_MINUTE = "minute / 1440 AS day";
const DAY_OF_ARRIVAL = "at / 86400000 AS day";

/** The days in which a run has rows. */
export const DAYS_OF_RUN = `
  SELECT ${DAY_OF_MINUTE} FROM tally WHERE run_key = @run
  UNION SELECT minute / 1440 FROM latency WHERE run_key = @run
  UNION SELECT minute / 1440 FROM latency_of_all WHERE run_key = @run
  UNION SELECT minute / 1440 FROM accounting WHERE run_key = @run
  UNION SELECT at / 86400000 FROM sample WHERE run_key = @run
  UNION SELECT at / 86400000 FROM slow_exchange WHERE ${OF_ENDPOINTS}
  UNION SELECT at / 86400000 FROM attribute_record WHERE ${OF_ENDPOINTS}`;

/**
 * All tables of a run. Keys stay as they are: those of a file are unique in it, so they are in a run, which is all that PostgreSQL
 * needs. The packed counts of blocks, whose ids contain keys, are therefore copied as they are.
 */
export const COPIED_TABLES: readonly CopiedTable[] = [
  table(
    "endpoint",
    { key: "integer", digest: "text", candidate: "text", route: "text", name: "text" },
    "SELECT key, candidate, route, name FROM endpoint WHERE run_key = @run ORDER BY key",
    (row) => ({ ...row, digest: endpointDigest(String(row["candidate"]), String(row["route"]), String(row["name"])) }),
  ),
  table(
    "outcome_set",
    {
      key: "integer",
      endpoint_key: "integer",
      digest: "text",
      paired: "boolean",
      overflow: "boolean",
      beyond_cap: "boolean",
      fields: "text",
    },
    `SELECT key, endpoint_key, digest, paired, overflow, beyond_cap, fields FROM outcome_set WHERE ${OF_ENDPOINTS} ORDER BY key`,
  ),
  table(
    "tally_total",
    { set_key: "integer", count: "bigint" },
    `SELECT set_key, count FROM tally_total WHERE ${OF_SETS} ORDER BY set_key`,
  ),
  table(
    "parameter_counts",
    { set_key: "integer", counts: "text" },
    `SELECT set_key, counts FROM parameter_counts WHERE ${OF_SETS} ORDER BY set_key`,
  ),
  table(
    "relation",
    {
      key: "integer",
      endpoint_key: "integer",
      section: "text",
      path: "text",
      kind: "text",
      relation: "text",
      count: "bigint",
    },
    `SELECT row_number() OVER (ORDER BY endpoint_key, section, path, kind, relation) AS key, * FROM relation WHERE ${OF_ENDPOINTS}`,
  ),
  table(
    "status_pair",
    { endpoint_key: "integer", role: "text", primary_status: "integer", other_status: "integer", count: "bigint" },
    `SELECT * FROM status_pair WHERE ${OF_ENDPOINTS} ORDER BY endpoint_key, role, primary_status, other_status`,
  ),
  table(
    "failure",
    {
      key: "integer",
      endpoint_key: "integer",
      role: "text",
      kind: "text",
      reason: "text",
      address: "text",
      count: "bigint",
    },
    `SELECT row_number() OVER (ORDER BY endpoint_key, role, kind, reason, address) AS key, * FROM failure WHERE ${OF_ENDPOINTS}`,
  ),
  table(
    "rule_hit",
    { endpoint_key: "integer", rule: "text", count: "bigint" },
    `SELECT * FROM rule_hit WHERE ${OF_ENDPOINTS} ORDER BY endpoint_key, rule`,
  ),
  table(
    "feature",
    { key: "integer", endpoint_key: "integer", section: "text", path: "text", feature: "text" },
    `SELECT * FROM feature WHERE ${OF_ENDPOINTS} ORDER BY key`,
  ),
  table(
    "block",
    { endpoint_key: "integer", first_slot: "bigint", level: "integer", version: "bigint", counts: "bytea" },
    `SELECT endpoint_key, first_slot, level, counts FROM block WHERE ${OF_ENDPOINTS} ORDER BY endpoint_key, first_slot`,
    (row, version) => ({ ...row, version }),
  ),
  table(
    "recent_blocks",
    { endpoint_key: "integer", version: "bigint", first_slot: "bigint", blocks: "bytea" },
    `SELECT endpoint_key, first_slot, blocks FROM recent_blocks WHERE ${OF_ENDPOINTS} ORDER BY endpoint_key`,
    (row, version) => ({ ...row, version, blocks: withVersion(row["blocks"] as Uint8Array, version) }),
  ),
  table(
    "latency_total",
    { endpoint_key: "integer", histogram: "bytea" },
    `SELECT * FROM latency_total WHERE ${OF_ENDPOINTS} ORDER BY endpoint_key`,
  ),
  table(
    "tally",
    { day: "integer", minute: "integer", set_key: "integer", count: "bigint" },
    `SELECT ${DAY_OF_MINUTE}, minute, set_key, count FROM tally WHERE run_key = @run ORDER BY minute, set_key`,
  ),
  table(
    "latency",
    { day: "integer", minute: "integer", endpoint_key: "integer", histogram: "bytea" },
    `SELECT ${DAY_OF_MINUTE}, minute, endpoint_key, histogram FROM latency WHERE run_key = @run ORDER BY minute, endpoint_key`,
  ),
  table(
    "latency_of_all",
    { day: "integer", candidate: "text", minute: "integer", histogram: "bytea" },
    `SELECT ${DAY_OF_MINUTE}, candidate, minute, histogram FROM latency_of_all WHERE run_key = @run ORDER BY candidate, minute`,
  ),
  table(
    "accounting",
    { day: "integer", minute: "integer", candidate: "text", fate: "text", reason: "text", count: "bigint" },
    // No replica has the key 0: the next merge counts what was in flight as interrupted.
    `SELECT ${DAY_OF_MINUTE}, minute, candidate, fate, iif(fate = 'inFlight', '0/' || reason, reason) AS reason, count
     FROM accounting WHERE run_key = @run ORDER BY minute, candidate, fate, accounting.reason`,
  ),
  table(
    "sample",
    {
      day: "integer",
      key: "bigint",
      endpoint_key: "integer",
      id: "text",
      at: "bigint",
      method: "text",
      target: "text",
      headers: "text",
      fields: "text",
      differences: "text",
      primary_status: "integer",
      candidate_status: "integer",
      size: "bigint",
      draw: "double precision",
      primary_ms: "double precision",
      candidate_ms: "double precision",
      secondary_ms: "double precision",
    },
    `SELECT ${DAY_OF_ARRIVAL}, key, endpoint_key, id, at, method, target, headers, fields, differences, primary_status,
       candidate_status, size, draw, ${MS("primary")}, ${MS("candidate")}, ${MS("secondary")}
     FROM sample WHERE run_key = @run ORDER BY key`,
  ),
  table(
    "sample_leg",
    { day: "integer", sample_key: "bigint", role: "text", head: "text", content: "bytea" },
    `SELECT ${DAY_OF_ARRIVAL}, sample_key, role, head, content FROM sample_leg JOIN ${OF_SAMPLES} ORDER BY sample_key, role`,
  ),
  table(
    "sample_field",
    {
      day: "integer",
      sample_key: "bigint",
      position: "integer",
      endpoint_key: "integer",
      section: "text",
      path: "text",
      kind: "text",
      raw: "boolean",
      slots: "integer",
    },
    // The position only tells the fields of a sample apart.
    `SELECT ${DAY_OF_ARRIVAL}, sample_key,
       row_number() OVER (PARTITION BY sample_key ORDER BY section, path, kind, raw) - 1 AS position,
       own.endpoint_key AS endpoint_key, section, path, kind, raw, slots
     FROM sample_field AS own JOIN ${OF_SAMPLES} ORDER BY sample_key, position`,
  ),
  table(
    "slow_exchange",
    {
      day: "integer",
      key: "bigint",
      endpoint_key: "integer",
      step: "integer",
      at: "bigint",
      method: "text",
      target: "text",
      primary_status: "integer",
      candidate_status: "integer",
      primary_ms: "double precision",
      candidate_ms: "double precision",
      secondary_ms: "double precision",
      sample_id: "text",
    },
    `SELECT ${DAY_OF_ARRIVAL}, * FROM slow_exchange WHERE ${OF_ENDPOINTS} ORDER BY key`,
  ),
  table(
    "attribute_stratum",
    {
      endpoint_key: "integer",
      number: "integer",
      stratum: "text",
      below: "double precision",
      version: "bigint",
      bytes: "bigint",
    },
    `SELECT endpoint_key, number, stratum, below, bytes FROM attribute_stratum WHERE ${OF_ENDPOINTS} ORDER BY endpoint_key, number`,
    (row, version) => ({ ...row, version }),
  ),
  table(
    "attribute_template",
    { endpoint_key: "integer", number: "integer", content: "text" },
    `SELECT * FROM attribute_template WHERE ${OF_ENDPOINTS} ORDER BY endpoint_key, number`,
  ),
  table(
    "attribute_record",
    {
      day: "integer",
      endpoint_key: "integer",
      stratum: "integer",
      draw: "double precision",
      id: "text",
      at: "bigint",
      content: "text",
    },
    `SELECT ${DAY_OF_ARRIVAL}, * FROM attribute_record WHERE ${OF_ENDPOINTS} ORDER BY endpoint_key, stratum, draw, id`,
  ),
];

function table(
  name: string,
  columns: Readonly<Record<string, ColumnType>>,
  select: string,
  complete: CopiedTable["complete"] = (row) => row,
): CopiedTable {
  const typed = Object.entries(columns).map(([column, type]) => [column, column, type] as const);
  return { name, select, insert: insertInto<CopiedRow>(name, typed), complete };
}

function withVersion(blocks: Uint8Array, version: number): Uint8Array {
  return packRecentBlocks(unpackRecentBlocks(blocks).map((block) => ({ ...block, version })));
}
