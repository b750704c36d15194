import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { checkServerIdentity, type ConnectionOptions, createSecureContext } from "node:tls";
import type { UpstreamTls } from "../model/routing.ts";

/** How an upstream is judged, and what we show it. */
export type TlsOptions = Pick<
  ConnectionOptions,
  "servername" | "checkServerIdentity" | "rejectUnauthorized" | "ca" | "cert" | "key"
>;

/**
 * What a TLS connection to an upstream needs. The name in the client's Host header never chooses or judges a certificate:
 * the configured name does, or the host of the URL.
 * @param hostname of the upstream's URL
 * @throws naming the file, when one cannot be read or holds no key or certificate, or they do not belong together
 */
export function tlsOptions(hostname: string, tls: UpstreamTls | undefined): TlsOptions {
  const host = hostname.replaceAll(/[[\]]/g, "");
  const name = tls?.serverName ?? host;
  const identity: TlsOptions = {
    // RFC 6066 §3: an address is no server name.
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
