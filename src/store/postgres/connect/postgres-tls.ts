import { readFile } from "node:fs/promises";
import type { ConnectionOptions } from "node:tls";
import type { PostgresHost, PostgresTls } from "../../../model/store/store-location.ts";
import { PostgresError } from "./postgres-error.ts";

/**
 * The ways to connect to a host, in order: without TLS (false), or with these options. The files are read at each connection,
 * so that renewed certificates take effect.
 * @throws {PostgresError} if a file cannot be read
 */
export async function tlsAttempts(
  { mode, rootCertFile, certFile, keyFile }: PostgresTls,
  { host }: PostgresHost,
): Promise<readonly (false | ConnectionOptions)[]> {
  // A Unix socket has no TLS.
  if (mode === "disable" || host.startsWith("/")) return [false];
  const [ca, cert, key] = await Promise.all([pem(rootCertFile), pem(certFile), pem(keyFile)]);
  const options: ConnectionOptions = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    rejectUnauthorized: mode === "verify-ca" || mode === "verify-full",
    // The name of the host counts with verify-full alone.
    ...(mode !== "verify-full" && { checkServerIdentity: () => undefined }),
  };
  if (mode === "prefer") return [options, false];
  return mode === "allow" ? [false, options] : [options];
}

async function pem(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new PostgresError(`${file} cannot be read: ${code}`, "configuration", code, { cause: error });
  }
}
