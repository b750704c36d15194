import { parsePostgresUrl } from "../../../src/config/values/postgres-url.ts";
import type { PostgresLocation } from "../../../src/model/store/store-location.ts";
import { closeSession, openSession, type PostgresSession } from "../../../src/store/postgres/connect/connection.ts";

/** @throws with the problem of an invalid URL */
export function postgresLocation(url: string): PostgresLocation {
  const parsed = parsePostgresUrl(url);
  if ("problem" in parsed) throw new Error(parsed.problem);
  return parsed.value;
}

/** Runs queries on a session that writes, and closes it. */
export async function withSession<Result>(
  location: string | PostgresLocation,
  work: (session: PostgresSession) => Promise<Result>,
): Promise<Result> {
  const parsed = typeof location === "string" ? postgresLocation(location) : location;
  const session = await openSession(parsed, { applicationName: "test", access: "write" });
  try {
    return await work(session);
  } finally {
    closeSession(session);
  }
}
