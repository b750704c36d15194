import { userInfo } from "node:os";
import type { ConnectionOptions } from "node:tls";
import { Client, types } from "pg";
import {
  describeHost,
  type PostgresHost,
  type PostgresLocation,
  type SessionAttribute,
} from "../../../model/store/store-location.ts";
import { passwordFor } from "./password.ts";
import { PostgresError, toPostgresError, type PostgresTrouble } from "./postgres-error.ts";
import { tlsAttempts } from "./postgres-tls.ts";

const OLDEST_VERSION = 15;
const STATEMENT_TIMEOUT_MS = 30_000;
/** An append waits for its own rows only, and the merge for nothing: a longer wait is a stuck transaction. */
const LOCK_TIMEOUT_MS = 10_000;
/** The server ends a session whose program has stalled in a transaction, with its locks. */
const IDLE_IN_TRANSACTION_MS = 30_000;
/** Beyond the timeout of the server, the connection itself is dead. */
const RESPONSE_MARGIN_MS = 5_000;
const KEEP_ALIVE_DELAY_MS = 10_000;
const CLOSE_TIMEOUT_MS = 2_000;
/** Of an error of `pg` that has no code. */
const NO_TLS_TEXT = "The server does not support SSL connections";
const NO_TLS = "NO_TLS";
/** Object identifiers of types, which never change. */
const INT8 = 20;
const INT8_ARRAY = 1016;
const NUMERIC = 1700;

export interface SessionOptions {
  /** What `application_name` shows, unless the URL has one. */
  readonly applicationName: string;
  /** A session that writes needs a host that accepts writes. One that reads takes what `target_session_attrs` says. */
  readonly access: "read" | "write";
  /** Milliseconds, by default half a minute; 0: none. */
  readonly statementTimeoutMs?: number | undefined;
}

/** A session of PostgreSQL, as `openSession` configures it. */
export type PostgresSession = Client;

/**
 * Connects to the first host that accepts the connection and has the wanted role. A connection that breaks later fails its
 * queries; it never ends the program. Close it with `closeSession`.
 * @throws {PostgresError} which says of each host why it was not taken
 */
export async function openSession(location: PostgresLocation, options: SessionOptions): Promise<PostgresSession> {
  const failures: PostgresError[] = [];
  for (const standbyOnly of passesOf(location, options)) {
    failures.length = 0;
    for (const host of location.hosts) {
      try {
        return await openOn(host, location, options, standbyOnly);
      } catch (error) {
        failures.push(withHost(host, error));
      }
    }
  }
  throw combined(failures);
}

/** `prefer-standby` tries all hosts twice. */
function passesOf({ sessionAttribute }: PostgresLocation, { access }: SessionOptions): readonly boolean[] {
  return access === "read" && sessionAttribute === "prefer-standby" ? [true, false] : [false];
}

function combined(failures: readonly PostgresError[]): PostgresError {
  const [first] = failures;
  if (failures.length === 1 && first !== undefined) return first;
  const troubles = new Set<PostgresTrouble>(failures.map(({ trouble }) => trouble));
  // One host that may come back makes it temporary.
  const trouble = (["unavailable", "read-only", "configuration"] as const).find((one) => troubles.has(one));
  const message = failures.map((failure) => failure.message).join("; ");
  return new PostgresError(message, trouble ?? "unavailable", first?.code ?? "", { cause: failures });
}

function withHost(host: PostgresHost, error: unknown): PostgresError {
  const { message, trouble, code, cause } = toPostgresError(error);
  return new PostgresError(`${describeHost(host)}: ${message}`, trouble, code, { cause });
}

async function openOn(
  host: PostgresHost,
  location: PostgresLocation,
  options: SessionOptions,
  standbyOnly: boolean,
): Promise<PostgresSession> {
  const [first = false, second] = await tlsAttempts(location.tls, host);
  const session = await connect(host, location, options, first).catch((error: unknown) => {
    if (second === undefined || !isAboutTls(error)) throw error;
    return connect(host, location, options, second);
  });
  try {
    await prepare(session, location, options, standbyOnly);
    return session;
  } catch (error) {
    closeSession(session);
    throw error;
  }
}

async function connect(
  host: PostgresHost,
  location: PostgresLocation,
  { applicationName, statementTimeoutMs = STATEMENT_TIMEOUT_MS }: SessionOptions,
  ssl: false | ConnectionOptions,
): Promise<PostgresSession> {
  const user = location.user ?? (process.env["PGUSER"] || userInfo().username);
  const session = new Client({
    host: host.host,
    port: host.port,
    user,
    database: location.database ?? user,
    password: () => passwordFor(location, host, user),
    ssl,
    application_name: location.applicationName ?? applicationName,
    ...(location.options !== undefined && { options: location.options }),
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
    connectionTimeoutMillis: location.connectTimeoutMs,
    query_timeout: statementTimeoutMs === 0 ? 0 : statementTimeoutMs + RESPONSE_MARGIN_MS,
    types: { getTypeParser },
  });
  // The query in flight fails with the same error. Without a listener, the process would end.
  session.on("error", () => undefined);
  try {
    await session.connect();
    return session;
  } catch (error) {
    closeSession(session);
    throw error instanceof Error && error.message === NO_TLS_TEXT ? noTls(error) : error;
  }
}

function noTls(cause: Error): PostgresError {
  const message = "the server has no TLS; enable ssl there, or write sslmode=disable";
  return new PostgresError(message, "configuration", NO_TLS, { cause });
}

/** Closes a session without waiting for a server that does not respond. */
export function closeSession(session: PostgresSession): void {
  const timer = setTimeout(() => session.connection.stream.destroy(), CLOSE_TIMEOUT_MS);
  void session.end().finally(() => clearTimeout(timer));
}

/** Whether the server refused the connection because of TLS, or because of its absence. */
function isAboutTls(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === NO_TLS || code === "28000" || /^(?:ERR_SSL|ERR_OSSL)/.test(String(code));
}

interface ServerState {
  readonly version: number;
  readonly isStandby: boolean;
  readonly isReadOnly: boolean;
}

/** Sets up the session in one round trip. As statements: connection poolers reject most settings at the start of a session. */
async function prepare(
  session: PostgresSession,
  { schema, sessionAttribute }: PostgresLocation,
  { access, statementTimeoutMs = STATEMENT_TIMEOUT_MS }: SessionOptions,
  standbyOnly: boolean,
): Promise<void> {
  const { rows } = await session.query<ServerState>(
    `SELECT current_setting('server_version_num')::int / 10000 AS version, pg_is_in_recovery() AS "isStandby",
       current_setting('transaction_read_only') = 'on' AS "isReadOnly",
       set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false),
       set_config('idle_in_transaction_session_timeout', $3, false), set_config('timezone', 'UTC', false),
       CASE WHEN $4::text IS NOT NULL THEN set_config('search_path', quote_ident($4), false) END`,
    [String(statementTimeoutMs), String(LOCK_TIMEOUT_MS), String(IDLE_IN_TRANSACTION_MS), schema ?? null],
  );
  const [state] = rows;
  if (state === undefined) throw new PostgresError("the server did not report its version", "unavailable", "");
  if (state.version < OLDEST_VERSION) {
    const message = `PostgreSQL ${state.version} is too old; ${OLDEST_VERSION} or later is required`;
    throw new PostgresError(message, "configuration", "");
  }
  const wanted = access === "write" ? "read-write" : standbyOnly ? "standby" : sessionAttribute;
  const problem = ROLES[wanted](state);
  if (problem !== null) throw new PostgresError(problem, "read-only", "25006");
}

/** Why a server is not taken. By `target_session_attrs`: the required state, and what its absence means. */
const ROLES: Readonly<Record<SessionAttribute, (state: ServerState) => string | null>> = {
  any: () => null,
  "read-write": ({ isStandby, isReadOnly }) =>
    isStandby ? "the database is read-only: it is a standby" : isReadOnly ? "the database is read-only" : null,
  "read-only": ({ isStandby, isReadOnly }) => (isStandby || isReadOnly ? null : "the database is not read-only"),
  primary: ({ isStandby }) => (isStandby ? "the database is a standby" : null),
  standby: ({ isStandby }) => (isStandby ? null : "the database is not a standby"),
  "prefer-standby": () => null,
};

/** Counts and sums as numbers: they stay below 2^53. */
function getTypeParser(oid: number, format?: "text" | "binary"): (text: string) => unknown {
  if (oid === INT8 || oid === NUMERIC) return Number;
  const parse = types.getTypeParser(oid, format) as (text: string) => unknown;
  return oid === INT8_ARRAY ? (text) => (parse(text) as readonly string[]).map(Number) : parse;
}
