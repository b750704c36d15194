import type { PostgresSession } from "../../../../src/store/postgres/connect/connection.ts";

/** What happens to a session. */
export type Failure =
  /** The server ends it before it runs the statement with this number, from 0. */
  | { readonly type: "killed"; readonly statement: number }
  /** The server commits, but the answer is lost. */
  | { readonly type: "answer-lost" };

/**
 * A session that fails. Its statements run in the database.
 * @param admin another session
 * @returns the session, and the number of statements that it was given
 */
export function failingSession(session: PostgresSession, admin: PostgresSession, failure: Failure) {
  const given = { statements: 0 };
  const query = async (text: string, values?: unknown[]): Promise<unknown> => {
    given.statements += 1;
    if (failure.type === "killed" && given.statements > failure.statement) {
      const { rows } = await session
        .query<{ pid: number }>("SELECT pg_backend_pid() AS pid")
        .catch(() => ({ rows: [] }));
      if (rows[0] !== undefined) await admin.query("SELECT pg_terminate_backend($1, 5000)", [rows[0].pid]);
    }
    const result: unknown = await session.query(text, values);
    if (failure.type === "answer-lost" && text === "COMMIT") throw new Error("Connection terminated unexpectedly");
    return result;
  };
  return { session: { query } as unknown as PostgresSession, given };
}
