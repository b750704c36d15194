import { STATUS_CODES } from "../../http/node-http.ts";
import type { DirectResponse, Redirect, RequestMatch } from "../../model/routing.ts";
import type { ClientResponse } from "./client-exchange.ts";
import type { RoutableHead } from "../routing/match-conditions.ts";
import { compileRewrite } from "../routing/path-rewrite.ts";

/** An answer that reaches no upstream. */
export interface LocalResponse {
  readonly status: number;
  /** Names and values in turn, without the length. */
  readonly fields: readonly string[];
  readonly body: string;
}

/** RFC 9209 §2.3.2: no route, so no next hop. */
export const NO_ROUTE: LocalResponse = errorAnswer(404, "destination_not_found", "No route takes this request.");

/** RFC 9209 §2.3.30; RFC 9113 §8.6: HTTP/2 has no Upgrade. */
export const NO_UPGRADE: LocalResponse = errorAnswer(
  501,
  "http_upgrade_failed",
  "This route's upstream speaks HTTP/2, where nothing can be upgraded: a WebSocket needs an upstream of HTTP/1.1.",
);

const INJECTED = "The configuration injects this fault.";

/**
 * What Envoy answers in place of an upstream that a fault stands for.
 * @param grpcStatus for a client of gRPC: a head alone, which stands for trailers then
 */
export function abortResponse(status: number, grpcStatus?: number): LocalResponse {
  if (grpcStatus === undefined) return errorAnswer(status, "proxy_internal_response", INJECTED);
  const fields = ["Content-Type", "application/grpc", "grpc-status", String(grpcStatus), "grpc-message", INJECTED];
  return { status: 200, fields, body: "" };
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };
/** RFC 9110 §15.2, §15.3.5, §15.4.5: no body, and no length of one. */
const BODILESS: ReadonlySet<number> = new Set([204, 304]);

export function directResponse({ status, headers, body }: DirectResponse): LocalResponse {
  return { status, fields: headers.flat(), body };
}

/**
 * Compiles a redirect.
 * @throws RE2JSSyntaxException for a regular expression that is none
 */
export function compileRedirect(redirect: Redirect): (head: RoutableHead, match: RequestMatch | null) => LocalResponse {
  const rewrite = redirect.uri === undefined ? undefined : compileRewrite(redirect.uri);
  return (head, match) => {
    const scheme = redirect.scheme ?? head.scheme;
    const authority = withPort(redirect, head, scheme);
    const target = rewrite === undefined ? head.target : withOwnQuery(rewrite(head.target, match), head.target);
    // RFC 9112 §3.2.4: the URI that `OPTIONS *` stands for has neither path nor query.
    const location = `${scheme}://${authority}${target === "*" ? "" : target}`;
    return { status: redirect.status, fields: ["Location", location], body: "" };
  };
}

/** Writes the whole answer. */
export function sendLocalResponse(
  response: ClientResponse,
  method: string,
  { status, fields, body }: LocalResponse,
): void {
  const length = BODILESS.has(status) ? [] : ["Content-Length", String(Buffer.byteLength(body))];
  response.writeHead(status, STATUS_CODES[status] ?? "", [...fields, ...length]);
  if (method !== "HEAD" && body !== "" && length.length > 0) response.write(Buffer.from(body));
  response.end([]);
}

function errorAnswer(status: number, error: string, message: string): LocalResponse {
  return {
    status,
    fields: ["Content-Type", "application/json", "Proxy-Status", `shadowdiff; error=${error}`],
    body: `${JSON.stringify({ error, message })}\n`,
  };
}

/** The request's port goes with its host and its scheme; where one of them is another, so is the port. */
function withPort({ authority, scheme, port }: Redirect, head: RoutableHead, newScheme: string): string {
  const base = authority ?? (scheme === undefined && port === undefined ? head.authority : withoutPort(head.authority));
  if (port === undefined || port === DEFAULT_PORTS[newScheme]) return base;
  return `${withoutPort(base)}:${port}`;
}

function withoutPort(authority: string): string {
  return authority.replace(/:\d*$/, "");
}

/** A replacement with a query of its own takes the place of the request's. */
function withOwnQuery(rewritten: string, target: string): string {
  const query = target.indexOf("?");
  const path = query === -1 ? rewritten : rewritten.slice(0, rewritten.length - (target.length - query));
  return path.includes("?") ? path : rewritten;
}
