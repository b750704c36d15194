/**
 * The URL under which a listener can be reached from its own machine: a listener on all addresses is named by the
 * loopback one, IPv6 addresses get their brackets.
 */
export function urlOf(address: { readonly host: string; readonly port: number }): string {
  const { host, port } = address;
  if (host === "0.0.0.0" || host === "") return `http://127.0.0.1:${port}`;
  if (host === "::") return `http://[::1]:${port}`;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
