import type { Address } from "../../model/config.ts";

const REMEDIES: ReadonlyMap<string, string> = new Map([
  ["EADDRINUSE", "another program listens there; stop it or choose another address with --listen"],
  ["EACCES", "this user may not; choose a port above 1023 with --listen"],
  ["EADDRNOTAVAIL", "this machine has no such address; choose another with --listen"],
  ["ENOTFOUND", "the name does not resolve; choose another address with --listen"],
]);

/** Why an address cannot be listened on, with what to do, for a person. */
export function listenError(error: Error, { host, port }: Address): string {
  const code = "code" in error ? String(error.code) : "";
  return `cannot listen on ${host}:${port}: ${REMEDIES.get(code) ?? error.message} (${code || error.name})`;
}
