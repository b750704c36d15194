import type { Subset } from "../model/routing.ts";
import { Http1Client } from "./http1/http1-client.ts";
import { Http2Client } from "./http2/http2-client.ts";
import type { UpstreamClient } from "./leg.ts";
import { tlsOptions } from "./tls-options.ts";
import type { UpstreamHealth } from "./upstream-health.ts";

/**
 * Creates a client for one URL of a subset, in the protocol of the subset. It opens no connection before the first request.
 * @param url one of the subset's URLs
 * @param health is notified of failures and responses
 * @throws when the subset's TLS files cannot be used
 */
export function createUpstreamClient(
  { tls, protocol }: Pick<Subset, "tls" | "protocol">,
  url: string,
  connectTimeoutMs: number,
  health: UpstreamHealth | null = null,
): UpstreamClient {
  const options = tlsOptions(new URL(url).hostname, tls);
  const Client = protocol === "h2" ? Http2Client : Http1Client;
  return new Client(url, connectTimeoutMs, options, health);
}
