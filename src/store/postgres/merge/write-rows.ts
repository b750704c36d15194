import type { PostgresSession } from "../connect/connection.ts";
import { encodeText } from "../text-encoding.ts";

export type ColumnType = "integer" | "bigint" | "double precision" | "boolean" | "text" | "bytea";

/** The columns of the rows: property, column, type. */
type RowColumns<Row> = readonly (readonly [keyof Row & string, string, ColumnType])[];

/** A statement for many rows. */
export interface RowStatement<Row> {
  readonly columns: RowColumns<Row>;
  readonly sql: string;
}

/**
 * @param write the statement for rows in the table `new` with these columns; `$1` is the key of the run
 * @param sql of the table
 */
export function rowStatement<Row>(columns: RowColumns<Row>, write: (table: string) => string): RowStatement<Row> {
  return { columns, sql: write(tableOf(columns)) };
}

/** Inserts the rows of a run. @param onConflict what happens to a row that exists */
export function insertInto<Row>(table: string, columns: RowColumns<Row>, onConflict = ""): RowStatement<Row> {
  const names = columns.map(([, column]) => column).join(", ");
  const insert = (rows: string): string =>
    `INSERT INTO ${table} (run_key, ${names}) SELECT $1::bigint, ${names} FROM ${rows} ${onConflict}`;
  return rowStatement(columns, insert);
}

/** Runs the statement with all rows at once; in one round trip, however many there are. */
export async function writeRows<Row extends object>(
  session: PostgresSession,
  { columns, sql }: RowStatement<Row>,
  runKey: number,
  rows: readonly Row[],
): Promise<void> {
  if (rows.length > 0) await session.query(sql, [runKey, ...parametersOf(columns, rows)]);
}

/** As `writeRows`. @returns the rows of the result */
export async function selectRows<Row extends object, Selected extends object>(
  session: PostgresSession,
  { columns, sql }: RowStatement<Row>,
  runKey: number,
  rows: readonly Row[],
): Promise<readonly Selected[]> {
  if (rows.length === 0) return [];
  const result = await session.query<Selected>(sql, [runKey, ...parametersOf(columns, rows)]);
  return result.rows;
}

/**
 * One array for each column. Byte strings are one parameter, which is sent as it is, with the length of each: an array of them would
 * be sent as text of twice the size.
 */
function tableOf<Row>(columns: RowColumns<Row>): string {
  let number = 1;
  const arrays: string[] = [];
  const names: string[] = [];
  const selected: string[] = [];
  for (const [, column, type] of columns) {
    if (type === "bytea") {
      arrays.push(`$${number + 2}::integer[]`, `$${number + 3}::integer[]`);
      names.push(`${column}_from`, `${column}_length`);
      selected.push(`substring($${number + 1}::bytea FROM ${column}_from FOR ${column}_length) AS ${column}`);
      number += 3;
    } else {
      number += 1;
      arrays.push(`$${number}::${type}[]`);
      names.push(column);
      selected.push(column);
    }
  }
  return `(SELECT ${selected.join(", ")} FROM unnest(${arrays.join(", ")}) AS part (${names.join(", ")})) AS new`;
}

function parametersOf<Row extends object>(columns: RowColumns<Row>, rows: readonly Row[]): unknown[] {
  return columns.flatMap(([property, , type]): unknown[] => {
    const values = rows.map((row) => row[property] as unknown);
    if (type === "bytea") return bytesOf(values as Uint8Array[]);
    if (type === "text") return [values.map((value) => (value === null ? null : encodeText(value as string)))];
    return [`{${values.map((value) => (value === null ? "NULL" : String(value as number | boolean))).join(",")}}`];
  });
}

/** @returns all bytes, where each value begins, from 1, and how long it is */
function bytesOf(values: readonly Uint8Array[]): [Buffer, string, string] {
  let from = 1;
  const starts = values.map(({ length }) => {
    from += length;
    return from - length;
  });
  const lengths = values.map(({ length }) => length);
  return [Buffer.concat(values), `{${starts.join(",")}}`, `{${lengths.join(",")}}`];
}
