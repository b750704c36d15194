import { DatabaseError } from "pg";
import { StoreError } from "../../store-errors.ts";

/** What a failure of PostgreSQL means for the writer. */
export type PostgresTrouble =
  /** Away, overloaded, full, starting, or the transaction lost against another one: try again later. */
  | "unavailable"
  /** This server does not accept writes: it is a standby, or not the primary any more. Try the next host. */
  | "read-only"
  /** The values of the statement are invalid: only they are lost. */
  | "data"
  /** A person must change the configuration or the database. Retried too, because that can happen at any time. */
  | "configuration";

/** A failure of PostgreSQL, in words that a person can act on. The message never has a password. */
export class PostgresError extends StoreError {
  override readonly name = "PostgresError";
  readonly trouble: PostgresTrouble;
  /** SQLSTATE, or the code of the system. */
  readonly code: string;

  constructor(message: string, trouble: PostgresTrouble, code: string, options?: ErrorOptions) {
    super(message, options);
    this.trouble = trouble;
    this.code = code;
  }
}

/** By SQLSTATE (PostgreSQL documentation, appendix A) or code of the system, from special to general. */
const TROUBLES: readonly (readonly [RegExp, PostgresTrouble])[] = [
  [/^25006$/, "read-only"],
  // A value that is too large for its column, or a row for its page.
  [/^(?:22|23|540)/, "data"],
  [/^(?:28|3D|3F|42501$|0A000$|42P01$|42703$|42883$)/, "configuration"],
  [/^(?:CERT_|ERR_TLS_CERT|ERR_SSL|ERR_OSSL|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_)/, "configuration"],
];

/** What errors of `pg` mean that have no code. */
const TEXTS: readonly (readonly [RegExp, string])[] = [
  [/^timeout expired$/, "no response in time"],
  [/^Query read timeout$/, "the database did not respond in time"],
  [/^Connection terminated|is not queryable$/, "the connection to the database was lost"],
];

/** What a person can act on, by code. @param text of the server */
const REASONS: readonly (readonly [RegExp, (text: string) => string])[] = [
  [/^28/, (text) => `${text}; check the user and password, and pg_hba.conf of the server`],
  [/^3D000$/, (text) => `${text}; create it with CREATE DATABASE, or name another one in the URL`],
  [/^53100$/, () => "the disk of the database server is full"],
  [/^53300$/, (text) => `${text}; raise max_connections of the server, or close other connections`],
  [/^57014$/, () => "the database did not respond in time and the statement was canceled"],
  [/^55P03$/, () => "another transaction holds a lock for too long"],
  [/^57P0[123]$/, (text) => `the database is starting, stopping or recovering (${text})`],
  [/^25006$/, () => "the database is read-only: it is a standby, or was one when the connection was made"],
  [
    /^42501$/,
    (text) =>
      `${text}; the user must own the tables, or be allowed to create them; for reports, GRANT SELECT is enough`,
  ],
  [/^ECONNREFUSED$/, () => "connection refused; check that the server runs and listens there"],
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, () => "the host name is unknown; check the host in the URL, and DNS"],
  [/^(?:ECONNRESET|EPIPE)$/, () => "the connection was reset"],
  [
    /^(?:ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/,
    () => "the host cannot be reached; check the network and the host in the URL",
  ],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, () => "the certificate of the server is for another host"],
  [
    /^(?:SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_)/,
    () => "the certificate of the server is not signed by a trusted one; name its root with sslrootcert",
  ],
];

/** @param error of `pg`, or of the program */
function troubleOf(error: unknown): PostgresTrouble {
  if (error instanceof PostgresError) return error.trouble;
  // What cannot be encoded as a parameter.
  if (error instanceof TypeError || error instanceof RangeError) return "data";
  const code = codeOf(error);
  return TROUBLES.find(([pattern]) => pattern.test(code))?.[1] ?? "unavailable";
}

/** @param error of `pg`; an error of this kind stays as it is */
export function toPostgresError(error: unknown): PostgresError {
  if (error instanceof PostgresError) return error;
  const code = codeOf(error);
  const text = error instanceof Error ? error.message : String(error);
  const reason = REASONS.find(([pattern]) => pattern.test(code))?.[1](text);
  const message = reason ?? TEXTS.find(([pattern]) => pattern.test(text))?.[1] ?? text;
  return new PostgresError(message, troubleOf(error), code, { cause: error });
}

/** SQLSTATE or the code of the system; empty without one. */
function codeOf(error: unknown): string {
  if (error instanceof DatabaseError) return error.code ?? "";
  // A name with several addresses fails with the errors of all of them.
  const { code } = (error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error) as {
    code?: unknown;
  };
  return typeof code === "string" ? code : "";
}
