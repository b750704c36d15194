import { fieldValue } from "../../http/header-fields.ts";
import type { RawHeaders } from "../../model/capture.ts";
import type { CorsPolicy } from "../../model/routing.ts";
import type { HeaderChange } from "../../http/header-changes.ts";
import type { RoutableHead } from "./match-conditions.ts";
import type { LocalResponse } from "../exchange/local-response.ts";
import { compileMatch } from "./text-match.ts";

/** What a policy says to one request. */
export interface CorsDecision {
  /** The answer to a preflight request, which then goes nowhere. */
  readonly preflight: LocalResponse | null;
  /** Puts the policy's fields in the place of the upstream's. */
  readonly change: HeaderChange | null;
}

const NOTHING: CorsDecision = { preflight: null, change: null };
const OWN_FIELDS = /^access-control-allow-origin$|^access-control-allow-credentials$|^access-control-expose-headers$/i;

/**
 * Compiles a policy of the Fetch standard's CORS protocol. Requests of an origin that is not allowed pass as they are:
 * the browser refuses their answers.
 * @throws RE2JSSyntaxException for a regular expression that is none
 */
export function compileCors(policy: CorsPolicy): (head: RoutableHead) => CorsDecision {
  const origins = policy.allowOrigins.map((match) => compileMatch(match));
  const anyOrigin = policy.allowOrigins.some((match) => match.type === "exact" && match.value === "*");
  return (head) => {
    const origin = fieldValue(head.received, "origin");
    if (origin === undefined || !(anyOrigin || origins.some((test) => test(origin)))) return NOTHING;
    const allowed = ["Access-Control-Allow-Origin", origin, ...credentials(policy)];
    if (head.method === "OPTIONS" && fieldValue(head.received, "access-control-request-method") !== undefined) {
      return { preflight: { status: 200, fields: [...allowed, ...preflightFields(policy)], body: "" }, change: null };
    }
    const exposed = listField("Access-Control-Expose-Headers", policy.exposeHeaders);
    return { preflight: null, change: (fields) => [...withoutOwn(fields), ...allowed, ...exposed] };
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

function withoutOwn(fields: RawHeaders): RawHeaders {
  return fields.filter((_, index) => !OWN_FIELDS.test(fields[index - (index % 2)] ?? ""));
}
