import { fieldValue } from "../../http/read-header.ts";
import { STATUS_CODES } from "../../http/node-http.ts";
import type { DirectResponse, Redirect, RequestMatch } from "../../model/routing.ts";
import type { ClientResponse } from "./client-exchange.ts";
import type { RoutableHead } from "../routing/match-conditions.ts";
import { compileRewrite } from "../routing/path-rewrite.ts";

/** A response that involves no upstream. */
export interface LocalResponse {
  readonly status: number;
  /** Alternating names and values, without Content-Length. */
  readonly fields: readonly string[];
  readonly body: string;
}

/** RFC 9209 §2.3.2. */
export const NO_ROUTE: LocalResponse = errorResponse(404, "destination_not_found", "No route matches this request.");

/** RFC 9209 §2.3.30. HTTP/2 has no Upgrade (RFC 9113 §8.6). */
export const NO_UPGRADE: LocalResponse = errorResponse(
  501,
  "http_upgrade_failed",
  "The upstream of this route speaks HTTP/2, which has no Upgrade. A WebSocket needs an HTTP/1.1 upstream.",
);

const FAULT_MESSAGE = "The configuration injects this fault.";

/**
 * The response of an injected abort, as Envoy sends it.
 * @param grpcStatus replaces the status code for gRPC calls, which their media type identifies. The response is then a head
 *   alone, which gRPC clients read as trailers
 */
export function abortResponse(
  status: number,
  grpcStatus: number | undefined,
  { received }: Pick<RoutableHead, "received">,
): LocalResponse {
  const isGrpc = fieldValue(received, "content-type")?.startsWith("application/grpc") === true;
  if (grpcStatus === undefined || !isGrpc) return errorResponse(status, "proxy_internal_response", FAULT_MESSAGE);
  const fields = ["Content-Type", "application/grpc", "grpc-status", String(grpcStatus), "grpc-message", FAULT_MESSAGE];
  return { status: 200, fields, body: "" };
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };
/** Status codes without body and Content-Length (RFC 9110 §15.2, §15.3.5, §15.4.5). */
const BODYLESS_STATUS: ReadonlySet<number> = new Set([204, 304]);

export function directResponse({ status, headers, body }: DirectResponse): LocalResponse {
  return { status, fields: headers.flat(), body };
}

/**
 * Compiles a redirect.
 * @throws RE2JSSyntaxException for an invalid regular expression
 */
export function compileRedirect(redirect: Redirect): (head: RoutableHead, match: RequestMatch | null) => LocalResponse {
  const rewrite = redirect.uri === undefined ? undefined : compileRewrite(redirect.uri);
  return (head, match) => {
    const scheme = redirect.scheme ?? head.scheme;
    const authority = redirectAuthority(redirect, head, scheme);
    const target = rewrite === undefined ? head.target : replaceQuery(rewrite(head.target, match), head.target);
    // RFC 9112 §3.2.4: the URI of `OPTIONS *` has neither path nor query.
    const path = target === "*" ? "" : target;
    // An HTTP/1.0 client without Host gets a relative reference, because it is not known under which name it has connected.
    const location = authority === "" ? path : `${scheme}://${authority}${path}`;
    return { status: redirect.status, fields: ["Location", location], body: "" };
  };
}

/** Writes a complete response. */
export function sendLocalResponse(
  response: ClientResponse,
  method: string,
  { status, fields, body }: LocalResponse,
): void {
  const length = BODYLESS_STATUS.has(status) ? [] : ["Content-Length", String(Buffer.byteLength(body))];
  response.writeHead(status, STATUS_CODES[status] ?? "", [...fields, ...length]);
  if (method !== "HEAD" && body !== "" && length.length > 0) response.write(Buffer.from(body));
  response.end([]);
}

function errorResponse(status: number, error: string, message: string): LocalResponse {
  return {
    status,
    fields: ["Content-Type", "application/json", "Proxy-Status", `shadowdiff; error=${error}`],
    body: `${JSON.stringify({ error, message })}\n`,
  };
}

/** Returns the authority of a redirect. The port of the request is kept only with the host and the scheme of the request. */
function redirectAuthority({ authority, scheme, port }: Redirect, head: RoutableHead, newScheme: string): string {
  const base = authority ?? (scheme === undefined && port === undefined ? head.authority : withoutPort(head.authority));
  if (base === "" || port === undefined || port === DEFAULT_PORTS[newScheme]) return base;
  return `${withoutPort(base)}:${port}`;
}

function withoutPort(authority: string): string {
  return authority.replace(/:\d*$/, "");
}

/** A replacement that contains a query replaces the query of the request. */
function replaceQuery(rewritten: string, target: string): string {
  const query = target.indexOf("?");
  const path = query === -1 ? rewritten : rewritten.slice(0, rewritten.length - (target.length - query));
  return path.includes("?") ? path : rewritten;
}
