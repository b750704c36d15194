/**
 * Returns the URL under which a listener can be reached from its own machine. A listener on all addresses is reached by the
 * loopback address; IPv6 addresses are put in brackets.
 */
export function listenerUrl(
  address: { readonly host: string; readonly port: number },
  scheme: "http" | "https" = "http",
): string {
  const { host, port } = address;
  if (host === "0.0.0.0" || host === "") return `${scheme}://127.0.0.1:${port}`;
  if (host === "::") return `${scheme}://[::1]:${port}`;
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
