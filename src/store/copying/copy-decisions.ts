import { hash } from "node:crypto";
import type { PostgresSession } from "../postgres/connect/connection.ts";
import { inTransaction } from "../postgres/connect/transaction.ts";
import { announceChange } from "../postgres/shared/announcements.ts";
import { encodeText, positionDigest } from "../postgres/text-encoding.ts";
import type { CopiedRow } from "./copied-tables.ts";
import type { SourceFile } from "./source-file.ts";

/** What happens to the decisions of a file. */
export interface CopiedDecisions {
  readonly copied: number;
  /** Those for which the database has a newer decision, or an equal one of its own. */
  readonly kept: readonly string[];
}

interface Decision {
  readonly table: string;
  readonly row: CopiedRow;
  /** For people. */
  readonly name: string;
  /** @returns false if what the database has stays */
  readonly write: (session: PostgresSession) => Promise<boolean>;
}

/**
 * Copies rules, reviews, templates, path segments that are kept apart, marks, isolations and the audit log. What the database has stays unless a
 * person has decided later in the file. What was copied once is not copied again, because it may have been removed since.
 * @param isRehearsal nothing is stored
 * @throws {PostgresError} or StoreError if one of the stores fails; nothing is copied then
 */
export async function copyDecisions(
  source: SourceFile,
  session: PostgresSession,
  isRehearsal: boolean,
): Promise<CopiedDecisions> {
  const decisions = [...decisionsOf(source)];
  const kept: string[] = [];
  let copied = 0;
  const rehearsal = new Error("A rehearsal leaves nothing.");
  try {
    await inTransaction(session, async () => {
      // Edits of replicas wait, so that none of them comes in between.
      await session.query("SELECT FROM shared_state FOR UPDATE");
      for (const { table, row, name, write } of decisions) {
        const digest = hash("sha256", JSON.stringify([table, row]), "base64url");
        const { rowCount } = await session.query(
          "INSERT INTO copied_decision (digest) VALUES ($1) ON CONFLICT DO NOTHING",
          [digest],
        );
        if (rowCount === 0) continue;
        if (await write(session)) copied += 1;
        else kept.push(name);
      }
      if (isRehearsal) throw rehearsal;
      if (copied > 0) await announceChange(session);
    });
  } catch (error) {
    if ((error as Error).cause !== rehearsal) throw error;
  }
  return { copied, kept };
}

function* decisionsOf(source: SourceFile): Generator<Decision, undefined> {
  for (const row of source.rows(RULES)) {
    yield { table: "rule", row, name: `rule ${String(row["id"])}`, write: (session) => insert(session, "rule", row) };
  }
  for (const row of source.rows("SELECT * FROM review ORDER BY signature")) {
    yield {
      table: "review",
      row,
      name: `review of ${String(row["title"])}`,
      write: (session) => putReview(session, row),
    };
  }
  for (const table of ["learned_template", "kept_apart"] as const) {
    for (const row of source.rows(`SELECT * FROM ${table} ORDER BY route, method, parent`)) {
      const name = `template at ${String(row["method"])} ${String(row["parent"])}`;
      yield { table, row, name, write: (session) => putPosition(session, table, row) };
    }
  }
  for (const [table, select] of EVENTS) {
    for (const row of source.rows(select)) {
      yield { table, row, name: `${table} ${String(row["id"])}`, write: (session) => insert(session, table, row) };
    }
  }
  for (const row of source.rows(AUDIT)) {
    const { number: _, ...entry } = row;
    yield { table: "audit", row, name: "audit entry", write: (session) => insert(session, "audit", entry) };
  }
  return undefined;
}

const RULES =
  "SELECT id, endpoint, section, path, kind, action, owner, reason, created_by, created_at, expires_at FROM rule ORDER BY key";
const EVENTS = [
  ["mark", "SELECT id, run_id, at, kind, text, subset, by FROM mark ORDER BY key"],
  ["isolation", "SELECT id, run_id, candidate, started_at, content FROM isolation ORDER BY key"],
] as const;
/** Equal entries are told apart by their number. */
const AUDIT =
  "SELECT at, by, what, row_number() OVER (PARTITION BY at, by, what ORDER BY key) AS number FROM audit ORDER BY key";

async function insert(session: PostgresSession, table: string, row: CopiedRow, onConflict = "DO NOTHING") {
  const columns = Object.keys(row);
  const { rowCount } = await session.query(
    `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map((_, at) => `$${at + 1}`).join(", ")})
     ON CONFLICT ${onConflict}`,
    Object.values(row).map((value) => (typeof value === "string" ? encodeText(value) : value)),
  );
  return rowCount === 1;
}

function putReview(session: PostgresSession, row: CopiedRow): Promise<boolean> {
  const changes = Object.keys(row).map((column) => `${column} = excluded.${column}`);
  return insert(
    session,
    "review",
    row,
    `(signature) DO UPDATE SET ${changes.join(", ")} WHERE review.at < excluded.at`,
  );
}

/** A path segment is counted as one, kept apart, or neither; what a person has decided last counts. */
async function putPosition(
  session: PostgresSession,
  table: "learned_template" | "kept_apart",
  row: CopiedRow,
): Promise<boolean> {
  const [route, method, parent] = [String(row["route"]), String(row["method"]), String(row["parent"])];
  const digest = positionDigest({ route, method, parent });
  const decidedAt = Number(row["decided_at"] ?? -1);
  const { rows } = await session.query<{ readonly decidedAt: number }>(
    `SELECT coalesce(decided_at, -1) AS "decidedAt" FROM learned_template WHERE digest = $1
     UNION ALL SELECT decided_at FROM kept_apart WHERE digest = $1`,
    [digest],
  );
  if (rows.some((known) => known.decidedAt >= decidedAt)) return false;
  for (const other of ["learned_template", "kept_apart"])
    await session.query(`DELETE FROM ${other} WHERE digest = $1`, [digest]);
  return insert(session, table, { digest, ...row });
}

/** How many decisions a file has, with the entries of the audit log. */
export function countDecisions(source: SourceFile): number {
  return [...decisionsOf(source)].length;
}
