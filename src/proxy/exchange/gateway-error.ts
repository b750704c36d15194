import { STATUS_CODES } from "../../http/node-http.ts";
import { OVERLOADED } from "../../http/refusal.ts";
import type { TransportFailure, TransportFailureKind } from "../../model/capture.ts";
import type { ClientResponse } from "./client-exchange.ts";

const BAD_GATEWAY = 502;
const SERVICE_UNAVAILABLE = 503;
const GATEWAY_TIMEOUT = 504;

/** Error types of RFC 9209 §2.3. */
const PROXY_STATUS: Readonly<Record<TransportFailureKind, string>> = {
  refused: "connection_refused",
  dns: "dns_error",
  tls: "tls_protocol_error",
  reset: "connection_terminated",
  timeout: "http_response_timeout",
  protocol: "http_protocol_error",
  endless: "http_response_body_size",
  descriptors: "connection_limit_reached",
  internal: "proxy_internal_error",
};

const STATUS: Partial<Readonly<Record<TransportFailureKind, number>>> = {
  timeout: GATEWAY_TIMEOUT,
  descriptors: SERVICE_UNAVAILABLE,
};

/**
 * Sends the response to a client when the primary did not respond.
 * @returns its status code
 */
export function sendGatewayError(response: ClientResponse, failure: TransportFailure): number {
  const status = STATUS[failure.kind] ?? BAD_GATEWAY;
  const error = PROXY_STATUS[failure.kind];
  // The detail is omitted: it contains internal addresses.
  const body = Buffer.from(`${JSON.stringify({ error, message: "The upstream did not respond." })}\n`);
  response.writeHead(status, STATUS_CODES[status] ?? "", [
    "Content-Type",
    "application/json",
    "Content-Length",
    String(body.length),
    "Proxy-Status",
    `shadowdiff; error=${error}`,
    ...(failure.kind === "descriptors" ? OVERLOADED.fields : []),
  ]);
  response.write(body);
  response.end([]);
  return status;
}
