import {
  SESSION_ATTRIBUTES,
  SSL_MODES,
  type PostgresHost,
  type PostgresLocation,
  type PostgresTls,
} from "../../model/store/store-location.ts";
import { nearest } from "./suggest.ts";
import { MASKED, type Parsed } from "./value-type.ts";

const DEFAULT_PORT = 5432;
const MAX_PORT = 65_535;
const DEFAULT_HOST = "localhost";
/** Shorter than a person waits, and longer than a handshake over any distance. */
const DEFAULT_CONNECT_TIMEOUT_S = 5;
const MAX_CONNECT_TIMEOUT_S = 300;
/** A schema is an identifier; PostgreSQL cuts longer ones. */
const SCHEMA = /^[A-Za-z_][\w$]{0,62}$/;
const AUTHORITY = /^(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<hosts>[^/@]*)$/;
const HOST_AND_PORT = /^(?:\[(?<ipv6>[\da-f:.%]+)\]|(?<name>[^:[\]]*))(?::(?<port>\d{1,5}))?$/i;

/** The parameters of a URL that are supported, with the names of libpq; `schema` is ours, as in other drivers. */
const PARAMETERS = [
  "application_name",
  "connect_timeout",
  "dbname",
  "host",
  "options",
  "passfile",
  "password",
  "port",
  "schema",
  "search_path",
  "sslcert",
  "sslkey",
  "sslmode",
  "sslrootcert",
  "target_session_attrs",
  "user",
] as const;
type Parameters = Readonly<Partial<Record<(typeof PARAMETERS)[number], string>>>;

/** A value of a URL that cannot be used; the message never has the password. */
class UrlProblem extends Error {}

/**
 * Parses a connection URL of PostgreSQL with the syntax of libpq, including several hosts (PostgreSQL documentation, 34.1.1.2).
 * @param text starts with `postgres://` or `postgresql://`
 */
export function parsePostgresUrl(text: string): Parsed<PostgresLocation> {
  try {
    return { value: locationOf(text) };
  } catch (error) {
    if (error instanceof UrlProblem) return { problem: error.message };
    throw error;
  }
}

/** @returns a URL, also one that is malformed, without its password */
export function concealPassword(url: string): string {
  return url.replace(/^(\w+:\/\/[^:@/?]*):.*@/s, `$1:${MASKED}@`).replaceAll(/([?&]password=)[^&]*/g, `$1${MASKED}`);
}

function locationOf(text: string): PostgresLocation {
  const [, authority = "", path = "", query = ""] = /^\w+:\/\/([^/?]*)(\/[^?]*)?(?:\?(.*))?$/s.exec(text) ?? [];
  const groups = AUTHORITY.exec(authority)?.groups;
  if (groups === undefined) {
    throw new UrlProblem(
      "the URL of the database is malformed: write @, : and / of a user or password as %40, %3A and %2F",
    );
  }
  const parameters = parametersOf(query);
  const database = decode(path.slice(1));
  if (database.includes("/")) throw new UrlProblem("the URL of the database has more than one / after the host");
  const password = decode(groups["password"] ?? "");
  return {
    engine: "postgres",
    hosts: hostsOf(groups["hosts"] ?? "", parameters),
    user: parameters.user ?? (decode(groups["user"] ?? "") || undefined),
    database: parameters.dbname ?? (database || undefined),
    password: parameters.password ?? (password || undefined),
    passwordFile: undefined,
    passFile: parameters.passfile,
    schema: schemaOf(parameters),
    tls: tlsOf(parameters),
    sessionAttribute: oneOf("target_session_attrs", parameters.target_session_attrs, SESSION_ATTRIBUTES, "any"),
    connectTimeoutMs: connectTimeoutOf(parameters) * 1000,
    options: parameters.options,
    applicationName: parameters.application_name,
  };
}

function parametersOf(query: string): Parameters {
  const parameters: Partial<Record<keyof Parameters, string>> = {};
  for (const pair of query.split("&").filter((pair) => pair !== "")) {
    const [name = "", ...rest] = pair.split("=");
    const known = PARAMETERS.find((parameter) => parameter === name);
    if (known === undefined) {
      const meant = nearest(name, PARAMETERS);
      const hint = meant === undefined ? `allowed: ${PARAMETERS.join(", ")}` : `did you mean ${meant}?`;
      throw new UrlProblem(`the URL of the database has an unknown parameter ${JSON.stringify(name)}; ${hint}`);
    }
    const value = decode(rest.join("="));
    if (value === "") throw new UrlProblem(`${known} in the URL of the database is empty`);
    parameters[known] = value;
  }
  return parameters;
}

function hostsOf(authority: string, parameters: Parameters): readonly PostgresHost[] {
  if (parameters.host === undefined && parameters.port === undefined) return authority.split(",").map(hostOf);
  const hosts = parameters.host?.split(",") ?? authority.split(",").map((host) => hostOf(host).host);
  const ports = parameters.port?.split(",") ?? [];
  if (ports.length > 1 && ports.length !== hosts.length) {
    throw new UrlProblem(`the URL of the database has ${hosts.length} hosts and ${ports.length} ports`);
  }
  return hosts.map((host, index) => ({ host: host || DEFAULT_HOST, port: portOf(ports[index] ?? ports[0]) }));
}

function hostOf(written: string): PostgresHost {
  const groups = HOST_AND_PORT.exec(written)?.groups;
  if (groups === undefined) {
    throw new UrlProblem(`${JSON.stringify(written)} in the URL of the database is not host:port or [IPv6]:port`);
  }
  const host = groups["ipv6"] ?? decode(groups["name"] ?? "");
  return { host: host || DEFAULT_HOST, port: portOf(groups["port"]) };
}

function portOf(written: string | undefined): number {
  if (written === undefined || written === "") return DEFAULT_PORT;
  const port = Number(written);
  if (Number.isInteger(port) && port >= 1 && port <= MAX_PORT) return port;
  throw new UrlProblem(`port ${JSON.stringify(written)} in the URL of the database is not 1 to ${MAX_PORT}`);
}

function schemaOf({ schema, search_path: searchPath }: Parameters): string | undefined {
  const name = schema ?? searchPath;
  if (schema !== undefined && searchPath !== undefined && schema !== searchPath) {
    throw new UrlProblem("the URL of the database has both schema and search_path; write one");
  }
  if (name === undefined || SCHEMA.test(name)) return name;
  throw new UrlProblem("the schema in the URL of the database must be one name of letters, digits and underscores");
}

function tlsOf({ sslmode, sslrootcert, sslcert, sslkey }: Parameters): PostgresTls {
  const mode = oneOf("sslmode", sslmode, SSL_MODES, "prefer");
  if ((sslcert === undefined) !== (sslkey === undefined)) {
    throw new UrlProblem("sslcert and sslkey in the URL of the database belong together");
  }
  const rootCertFile = sslrootcert === "system" ? undefined : sslrootcert;
  // libpq: a root certificate turns `require` into `verify-ca`.
  return {
    mode: mode === "require" && sslrootcert !== undefined ? "verify-ca" : mode,
    rootCertFile,
    certFile: sslcert,
    keyFile: sslkey,
  };
}

function connectTimeoutOf({ connect_timeout: written }: Parameters): number {
  if (written === undefined) return DEFAULT_CONNECT_TIMEOUT_S;
  const seconds = Number(written);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= MAX_CONNECT_TIMEOUT_S) return seconds;
  throw new UrlProblem(`connect_timeout in the URL of the database must be 1 to ${MAX_CONNECT_TIMEOUT_S} (seconds)`);
}

function oneOf<const T extends string>(
  name: string,
  written: string | undefined,
  allowed: readonly T[],
  byDefault: NoInfer<T>,
): T {
  if (written === undefined) return byDefault;
  const found = allowed.find((word) => word === written);
  if (found !== undefined) return found;
  const meant = nearest(written, allowed);
  const hint = meant === undefined ? `allowed: ${allowed.join(", ")}` : `did you mean ${meant}?`;
  throw new UrlProblem(`${JSON.stringify(written)} is not a valid ${name} in the URL of the database; ${hint}`);
}

function decode(text: string): string {
  try {
    const decoded = decodeURIComponent(text);
    if (!decoded.includes("\0")) return decoded;
  } catch {
    // Handled like a character that cannot be sent.
  }
  throw new UrlProblem("the URL of the database has an invalid %-escape; write % as %25");
}
