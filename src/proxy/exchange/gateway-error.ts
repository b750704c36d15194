import type { TransportFailure, TransportFailureKind } from "../../model/capture.ts";

const BAD_GATEWAY = 502;
const GATEWAY_TIMEOUT = 504;

/** RFC 9209 §2.3: what a proxy calls the failures of an upstream. */
const PROXY_STATUS: Readonly<Record<TransportFailureKind, string>> = {
  refused: "connection_refused",
  dns: "dns_error",
  tls: "tls_protocol_error",
  reset: "connection_terminated",
  timeout: "http_response_timeout",
  protocol: "http_protocol_error",
  endless: "http_response_body_size",
  internal: "proxy_internal_error",
};

export interface GatewayError {
  readonly status: number;
  readonly fields: readonly string[];
  readonly body: string;
}

/** The answer to a client whose request the primary has not answered. */
export function gatewayError(failure: TransportFailure): GatewayError {
  const error = PROXY_STATUS[failure.kind];
  // Not the detail: it names addresses, which are no business of a client.
  const body = `${JSON.stringify({ error, message: "The upstream gave no answer." })}\n`;
  return {
    status: failure.kind === "timeout" ? GATEWAY_TIMEOUT : BAD_GATEWAY,
    fields: [
      "Content-Type",
      "application/json",
      "Content-Length",
      String(Buffer.byteLength(body)),
      "Proxy-Status",
      `shadowdiff; error=${error}`,
    ],
    body,
  };
}
