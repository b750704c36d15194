import type { Subset } from "../model/routing.ts";
import { Http1Client } from "./http1/http1-client.ts";
import { Http2Client } from "./http2/http2-client.ts";
import type { UpstreamClient } from "./leg.ts";
import { tlsOptions } from "./tls-options.ts";
import { UndiciClient } from "./undici/undici-client.ts";

/**
 * Creates a client for one URL of a subset, in the protocol of the subset. It opens no connection before the first request.
 * @param url one of the subset's URLs
 * @throws when the subset's TLS files cannot be used
 */
export function createUpstreamClient(
  { tls, protocol }: Pick<Subset, "tls" | "protocol">,
  url: string,
  connectTimeoutMs: number,
): UpstreamClient {
  const { hostname, protocol: scheme } = new URL(url);
  const options = tlsOptions(hostname, tls);
  if (protocol === "h2") return new Http2Client(url, connectTimeoutMs, options);
  return scheme === "http:" ? new Http1Client(url, connectTimeoutMs) : new UndiciClient(url, connectTimeoutMs, options);
}
