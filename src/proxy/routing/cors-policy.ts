import { fieldValue } from "../../http/read-header.ts";
import type { RawHeaders } from "../../model/capture.ts";
import type { CorsPolicy } from "../../model/routing.ts";
import type { HeaderChange } from "../../http/header-operations.ts";
import type { RoutableHead } from "./match-conditions.ts";
import type { LocalResponse } from "../exchange/local-response.ts";
import { compileMatch } from "./text-match.ts";

/** The outcome of a CORS policy for one request. */
export interface CorsDecision {
  /** The response to a preflight request, which is not forwarded; null for other requests. */
  readonly preflight: LocalResponse | null;
  /** Replaces the CORS fields of the upstream's response with those of the policy. */
  readonly change: HeaderChange | null;
}

const NO_CORS: CorsDecision = { preflight: null, change: null };
const CORS_FIELDS = /^access-control-allow-origin$|^access-control-allow-credentials$|^access-control-expose-headers$/i;

/**
 * Compiles a policy of the CORS protocol (Fetch standard). Requests from an origin that is not allowed are forwarded
 * unchanged: the browser blocks their responses.
 * @throws RE2JSSyntaxException for an invalid regular expression
 */
export function compileCors(policy: CorsPolicy): (head: RoutableHead) => CorsDecision {
  const origins = policy.allowOrigins.map((match) => compileMatch(match));
  const anyOrigin = policy.allowOrigins.some((match) => match.type === "exact" && match.value === "*");
  return (head) => {
    const origin = fieldValue(head.received, "origin");
    if (origin === undefined || !(anyOrigin || origins.some((test) => test(origin)))) return NO_CORS;
    const allowed = ["Access-Control-Allow-Origin", origin, ...credentials(policy)];
    if (head.method === "OPTIONS" && fieldValue(head.received, "access-control-request-method") !== undefined) {
      return { preflight: { status: 200, fields: [...allowed, ...preflightFields(policy)], body: "" }, change: null };
    }
    const exposed = listField("Access-Control-Expose-Headers", policy.exposeHeaders);
    return { preflight: null, change: (fields) => [...withoutCorsFields(fields), ...allowed, ...exposed] };
  };
}

function preflightFields({ allowMethods, allowHeaders, maxAgeSeconds }: CorsPolicy): string[] {
  return [
    ...listField("Access-Control-Allow-Methods", allowMethods),
    ...listField("Access-Control-Allow-Headers", allowHeaders),
    ...(maxAgeSeconds === undefined ? [] : ["Access-Control-Max-Age", String(maxAgeSeconds)]),
  ];
}

function credentials({ allowCredentials }: CorsPolicy): string[] {
  return allowCredentials ? ["Access-Control-Allow-Credentials", "true"] : [];
}

function listField(name: string, values: readonly string[]): string[] {
  return values.length === 0 ? [] : [name, values.join(",")];
}

function withoutCorsFields(fields: RawHeaders): RawHeaders {
  return fields.filter((_, index) => !CORS_FIELDS.test(fields[index - (index % 2)] ?? ""));
}
