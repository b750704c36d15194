import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { PostgresHost, PostgresLocation } from "../../../model/store/store-location.ts";
import { PostgresError } from "./postgres-error.ts";

/** Permissions of group and others. */
const SHARED_MODE = 0o077;

/**
 * The password for a host, with the precedence of libpq: URL, PGPASSWORD, password file. `store.passwordFile` goes before
 * PGPASSWORD. Files are read at each connection, so that a new password takes effect without a restart.
 * @throws {PostgresError} if there is none, or if a file that is configured cannot be read
 */
export async function passwordFor(location: PostgresLocation, host: PostgresHost, user: string): Promise<string> {
  if (location.password !== undefined) return location.password;
  if (location.passwordFile !== undefined) {
    const content = await readFile(location.passwordFile, "utf8").catch(rethrowFor(location.passwordFile));
    return content.replace(/\r?\n$/, "");
  }
  const { PGPASSWORD: password, PGPASSFILE: passFile } = process.env;
  if (password !== undefined && password !== "") return password;
  const configured = location.passFile ?? (passFile || undefined);
  const found = await fromPassFile(configured ?? join(homedir(), ".pgpass"), configured !== undefined, {
    // libpq looks up Unix sockets as localhost.
    host: host.host.startsWith("/") ? "localhost" : host.host,
    port: String(host.port),
    database: location.database ?? user,
    user,
  });
  if (found !== undefined) return found;
  const remedy = "name a file with store.passwordFile or PGPASSFILE, set PGPASSWORD, or write it in the URL";
  throw new PostgresError(`the server asks for the password of ${user}; ${remedy}`, "configuration", "");
}

interface Wanted {
  readonly host: string;
  readonly port: string;
  readonly database: string;
  readonly user: string;
}

async function fromPassFile(file: string, isConfigured: boolean, wanted: Wanted): Promise<string | undefined> {
  const status = await stat(file).catch((error: unknown) => {
    if (isConfigured) return rethrowFor(file)(error);
    return undefined;
  });
  if (status === undefined) return undefined;
  if ((status.mode & SHARED_MODE) !== 0) {
    if (!isConfigured) return undefined;
    throw new PostgresError(`others can read the password file ${file}; run chmod 600 ${file}`, "configuration", "");
  }
  const lines = (await readFile(file, "utf8").catch(rethrowFor(file))).split(/\r?\n/);
  return lines
    .filter((line) => !line.startsWith("#"))
    .map((line) => matchLine(line, wanted))
    .find((found) => found !== undefined);
}

/** `host:port:database:user:password`, where `*` matches anything and `\` escapes (PostgreSQL documentation, 34.16). */
function matchLine(line: string, { host, port, database, user }: Wanted): string | undefined {
  const fields = [...line.matchAll(/((?:\\.|[^\\:])*)(?::|$)/gs)].map(([, field = ""]) => field);
  const [ofHost, ofPort, ofDatabase, ofUser] = fields;
  const matches = [
    [ofHost, host],
    [ofPort, port],
    [ofDatabase, database],
    [ofUser, user],
  ].every(([field, value]) => field !== undefined && (field === "*" || unescape(field) === value));
  const password = unescape(fields[4] ?? "");
  return matches && password !== "" ? password : undefined;
}

function unescape(field: string): string {
  return field.replaceAll(/\\(.)/gs, "$1");
}

function rethrowFor(file: string): (error: unknown) => never {
  return (error) => {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new PostgresError(`the password file ${file} cannot be read: ${code}`, "configuration", code, {
      cause: error,
    });
  };
}
