import type { PostgresLocation } from "../../../model/store/store-location.ts";
import type { StoreWriterOptions } from "../../store-writer-options.ts";
import { closeSession, openSession, type PostgresSession } from "../connect/connection.ts";
import { type PostgresError, toPostgresError } from "../connect/postgres-error.ts";
import { selectRows } from "../read/select-rows.ts";
import { SILENT_SECONDS } from "../silent-replicas.ts";
import { Merger } from "./merger.ts";
import { selectLastOptions } from "./merger-options.ts";

const BUSY_PAUSE_MS = 50;
const INSUFFICIENT_PRIVILEGE = "42501";

interface LeftoverOptions {
  readonly applicationName: string;
  /** For a store in which no replica has merged yet. */
  readonly limits: StoreWriterOptions;
}

/**
 * Counts what replicas that have ended, or were killed, have left in their logs. While a replica is alive, it does that itself.
 * @returns why something is not counted; undefined if everything is
 * @throws {PostgresError} if the database cannot be read
 */
export async function mergeLeftovers(
  location: PostgresLocation,
  options: LeftoverOptions,
): Promise<string | undefined> {
  const { applicationName } = options;
  const reading = await openSession(location, { applicationName, access: "read" });
  const entries = await countLeftovers(reading).finally(() => closeSession(reading));
  if (entries === 0) return undefined;
  try {
    const writing = await openSession(location, { applicationName, access: "write" });
    await mergeAll(writing, options).finally(() => closeSession(writing));
    return undefined;
  } catch (error) {
    const failure = toPostgresError(error);
    if (!isForbidden(failure)) throw failure;
    return `replicas that have ended left entries (${entries}) that are not counted, because this user cannot write: ${failure.message}`;
  }
}

/** @returns 0 if a replica is alive */
async function countLeftovers(session: PostgresSession): Promise<number> {
  const [row] = await selectRows<{ entries: number }>(
    session,
    `SELECT count(*) AS entries FROM entry WHERE NOT EXISTS (
       SELECT FROM replica WHERE ended_at IS NULL AND heartbeat_at > now() - interval '${SILENT_SECONDS} seconds')`,
  );
  return row?.entries ?? 0;
}

async function mergeAll(session: PostgresSession, { limits }: LeftoverOptions): Promise<void> {
  const merger = new Merger((await selectLastOptions(session)) ?? { ...limits, replicaKey: null });
  for (let entriesLeft = true; entriesLeft;) {
    const result = await merger.mergeOnce(session);
    if (result === "busy") await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS));
    else ({ entriesLeft } = result);
  }
}

/** A standby, or a user who only reads. */
function isForbidden({ trouble, code }: PostgresError): boolean {
  return trouble === "read-only" || code === INSUFFICIENT_PRIVILEGE;
}
