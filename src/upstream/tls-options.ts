import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { checkServerIdentity, type ConnectionOptions, createSecureContext } from "node:tls";
import type { UpstreamTls } from "../model/routing.ts";

/** How an upstream's certificate is verified, and which certificate the proxy presents. */
export type TlsOptions = Pick<
  ConnectionOptions,
  "servername" | "checkServerIdentity" | "rejectUnauthorized" | "ca" | "cert" | "key"
>;

/**
 * Returns the options of TLS connections to an upstream. The certificate is selected and verified by the configured name, or
 * by the host of the URL, never by the Host header of a client.
 * @param hostname of the upstream's URL
 * @throws naming the files, when one cannot be read or contains no key or certificate, or when they do not belong together
 */
export function tlsOptions(hostname: string, tls: UpstreamTls | undefined): TlsOptions {
  const host = hostname.replaceAll(/[[\]]/g, "");
  const name = tls?.serverName ?? host;
  const identity: TlsOptions = {
    // RFC 6066 §3: an IP address is not a server name.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
    rejectUnauthorized: tls?.insecureSkipVerify !== true,
  };
  if (tls === undefined) return identity;
  try {
    const material = { ...pem("ca", tls.caFile), ...pem("cert", tls.certFile), ...pem("key", tls.keyFile) };
    createSecureContext(material);
    return { ...identity, ...material };
  } catch (cause) {
    const files = [tls.caFile, tls.certFile, tls.keyFile].filter((file) => file !== undefined).join(", ");
    throw new Error(`TLS to ${hostname}: ${files} cannot be used: ${(cause as Error).message}`, { cause });
  }
}

function pem(option: "ca" | "cert" | "key", file: string | undefined): Partial<Record<typeof option, Buffer>> {
  return file === undefined ? {} : { [option]: readFileSync(file) };
}
