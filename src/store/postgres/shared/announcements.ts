import type { PostgresSession } from "../connect/connection.ts";

/** The channel on which replicas notify each other. Those that miss a notification find the change with their next poll. */
export const CHANNEL = "shadowdiff";

/** What has happened: an edit, with its number; a merge, with its version; or a replica says something else about itself. */
export type Announcement = { readonly change: number } | { readonly merge: number } | { readonly replica: string };

/** @returns what a notification says; undefined for one of another program: every user of the database can send some */
export function readAnnouncement(payload: string | undefined): Announcement | undefined {
  try {
    const read: unknown = JSON.parse(payload ?? "");
    return typeof read === "object" && read !== null ? (read as Announcement) : undefined;
  } catch {
    return undefined;
  }
}

/** Sends a notification when the current transaction commits. */
export async function announce(session: PostgresSession, announcement: Announcement): Promise<void> {
  // Without the schema, so that a database in which notifications are unwanted can replace the function.
  await session.query("SELECT pg_notify($1, $2)", [CHANNEL, JSON.stringify(announcement)]);
}

/**
 * Numbers an edit of what replicas share, in its transaction, and notifies them when that commits. Edits are in the order of
 * their numbers: the row stays locked until then.
 * @returns the number
 */
export async function announceChange(session: PostgresSession): Promise<number> {
  const { rows } = await session.query<{ change: number }>(
    "UPDATE shared_state SET change = change + 1 RETURNING change",
  );
  const change = rows[0]?.change ?? 0;
  await announce(session, { change });
  return change;
}
