import { createHash, type Hash } from "node:crypto";
import type { PostgresSession } from "../postgres/connect/connection.ts";
import { inTransaction } from "../postgres/connect/transaction.ts";
import { lockMerges } from "../postgres/merge/merge-lock.ts";
import { createPartitions, provideDays } from "../postgres/merge/partitions.ts";
import { writeRows } from "../postgres/merge/write-rows.ts";
import { encodeText } from "../postgres/text-encoding.ts";
import { COPIED_TABLES, type CopiedRow, type CopiedTable } from "./copied-tables.ts";
import type { SourceFile, SourceRun } from "./source-file.ts";

/** What is in memory at once. */
const MAX_ROWS = 1_000;
const MAX_BYTES = 1024 * 1024;
/** A merge, or another copy that holds the lock, may take this long. */
const LOCK_TIMEOUT = "60s";

/** Where a run stands: not in the database yet; copied by an earlier call; or there with other content. */
export type RunState = "new" | "copied" | "different";

export interface CopyOptions {
  /** Ends the copy of a run, which then leaves nothing. */
  readonly signal: AbortSignal;
  /** Called every few thousand rows. @param rows of the run, so far */
  readonly onProgress: (rows: number) => void;
}

/** @throws {PostgresError} or StoreError if one of the stores fails */
export async function stateOfRun(
  source: SourceFile,
  session: PostgresSession,
  [key, run]: readonly [number, SourceRun],
): Promise<RunState> {
  const { rows } = await session.query<{ readonly digest: string | null }>(
    "SELECT digest FROM run LEFT JOIN copied_run ON run_key = key WHERE id = $1",
    [encodeText(run.id)],
  );
  const [known] = rows;
  if (known === undefined) return "new";
  if (known.digest === null) return "different";
  const digest = digestOf(run);
  for (const table of COPIED_TABLES) for (const row of rowsOf(source, table, key)) addTo(digest, row);
  return digest.digest("base64url") === known.digest ? "copied" : "different";
}

/**
 * Copies a run in one transaction. Replicas keep appending; they merge when it has ended.
 * @returns the number of rows
 * @throws {PostgresError} if a store fails or the signal ends it; the run is not in the database then
 */
export function copyRun(
  source: SourceFile,
  session: PostgresSession,
  [key, run]: readonly [number, SourceRun],
  { signal, onProgress }: CopyOptions,
): Promise<number> {
  return inTransaction(session, async () => {
    await session.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
    const blockVersion = await lockMerges(session);
    const runKey = await insertRun(session, run);
    const stored = await provideDays(session);
    await createPartitions(session, new Set(source.days(key)).difference(stored));
    const digest = digestOf(run);
    let copied = 0;
    for (const table of COPIED_TABLES) {
      for (const chunk of inChunks(rowsOf(source, table, key))) {
        signal.throwIfAborted();
        for (const row of chunk) addTo(digest, row);
        const rows = chunk.map((row) => table.complete(row, blockVersion));
        await writeRows(session, table.insert, runKey, rows);
        copied += rows.length;
        onProgress(copied);
      }
    }
    await session.query("INSERT INTO copied_run (run_key, digest) VALUES ($1, $2)", [
      runKey,
      digest.digest("base64url"),
    ]);
    return copied;
  });
}

async function insertRun(session: PostgresSession, run: SourceRun): Promise<number> {
  const columns = Object.keys(run);
  const values = Object.values(run).map((value) => (typeof value === "string" ? encodeText(value) : value));
  const { rows } = await session.query<{ readonly key: number }>(
    `INSERT INTO run (${columns.join(", ")}) VALUES (${columns.map((_, at) => `$${at + 1}`).join(", ")}) RETURNING key`,
    values,
  );
  return rows[0]?.key ?? 0;
}

function rowsOf(source: SourceFile, { select }: CopiedTable, run: number): Generator<CopiedRow, undefined> {
  return source.rows(select, run);
}

function* inChunks(rows: Iterable<CopiedRow>): Generator<readonly CopiedRow[], undefined> {
  let chunk: CopiedRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    chunk.push(row);
    for (const value of Object.values(row)) bytes += typeof value === "number" ? 0 : (value?.length ?? 0);
    if (chunk.length < MAX_ROWS && bytes < MAX_BYTES) continue;
    yield chunk;
    chunk = [];
    bytes = 0;
  }
  if (chunk.length > 0) yield chunk;
  return undefined;
}

function digestOf(run: SourceRun): Hash {
  const digest = createHash("sha256");
  addTo(digest, run);
  return digest;
}

function addTo(digest: Hash, row: CopiedRow): void {
  for (const value of Object.values(row)) {
    if (value instanceof Uint8Array) digest.update(`${value.length}:`).update(value);
    else digest.update(JSON.stringify(value)).update(",");
  }
}
