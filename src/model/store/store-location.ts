/** Where results are stored. */
export type StoreLocation = SqliteLocation | PostgresLocation;

interface SqliteLocation {
  readonly engine: "sqlite";
  /** Of the database file. */
  readonly path: string;
}

/** A database of PostgreSQL, as its URL names it. */
export interface PostgresLocation {
  readonly engine: "postgres";
  /** In the order in which they are tried; at least one. */
  readonly hosts: readonly PostgresHost[];
  /** Undefined: PGUSER, or the user of the operating system. */
  readonly user: string | undefined;
  /** Undefined: named like the user. */
  readonly database: string | undefined;
  /** In the URL. Undefined: from a file or PGPASSWORD. */
  readonly password: string | undefined;
  /** A file with the password alone, read at each connection. */
  readonly passwordFile: string | undefined;
  /** A file of passwords by host, port, database and user. Undefined: PGPASSFILE, or ~/.pgpass. */
  readonly passFile: string | undefined;
  /** Of the tables. Undefined: the first of the search path of the user or the database, which is `public` by default. */
  readonly schema: string | undefined;
  readonly tls: PostgresTls;
  readonly sessionAttribute: SessionAttribute;
  readonly connectTimeoutMs: number;
  /** Command line options of the session, such as `-c geqo=off`. */
  readonly options: string | undefined;
  readonly applicationName: string | undefined;
}

export interface PostgresHost {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
}

/** `sslmode` of libpq, and its files in PEM. */
export interface PostgresTls {
  readonly mode: SslMode;
  /** Certificates that sign the server's. Undefined: those that Node trusts. */
  readonly rootCertFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
}

export const SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;
type SslMode = (typeof SSL_MODES)[number];

/** `target_session_attrs` of libpq: which of several hosts serves a session that reads. Sessions that write need a primary. */
export const SESSION_ATTRIBUTES = ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"] as const;
export type SessionAttribute = (typeof SESSION_ATTRIBUTES)[number];

/** A host as in a URL. */
export function describeHost({ host, port }: PostgresHost): string {
  if (host.startsWith("/")) return `${host}/.s.PGSQL.${port}`;
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** The location for people, without its password: a path, or a URL. */
export function describeLocation(location: StoreLocation): string {
  if (location.engine === "sqlite") return location.path;
  const { hosts, user, database, schema } = location;
  const at = user === undefined ? "" : `${user}@`;
  return `postgres://${at}${hosts.map(describeHost).join(",")}/${database ?? ""}${schema === undefined ? "" : `?schema=${schema}`}`;
}
