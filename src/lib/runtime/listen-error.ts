const REMEDIES: ReadonlyMap<string, (flag: string) => string> = new Map([
  [
    "EADDRINUSE",
    (flag) => `another program already listens on this address; stop it, or choose another address with ${flag}`,
  ],
  ["EACCES", (flag) => `permission denied; choose a port above 1023 with ${flag}`],
  ["EADDRNOTAVAIL", (flag) => `this machine does not have this address; choose another with ${flag}`],
  ["ENOTFOUND", (flag) => `the host name does not resolve; choose another address with ${flag}`],
]);

/** Returns why an address cannot be bound, and what to do about it. @param address `host:port` @param flag the option of the address */
export function listenError(error: Error, address: string, flag: string): string {
  const code = "code" in error ? String(error.code) : "";
  return `cannot listen on ${address}: ${REMEDIES.get(code)?.(flag) ?? error.message} (${code || error.name})`;
}
