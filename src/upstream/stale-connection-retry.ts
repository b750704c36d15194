import { SAFE_METHODS } from "../http/safe-methods.ts";
import type { LegRequest } from "./leg.ts";

/**
 * Whether a request can be sent once more if the upstream closed an idle connection just as the request was written to it, so
 * that no byte of a response came. RFC 9112 §9.3.1: a client may then repeat a request with a safe method. There is one retry,
 * on a new connection: an upstream that closes every connection like this fails the leg.
 */
export function isRetryableOnStaleConnection({ body, method }: Pick<LegRequest, "body" | "method">): boolean {
  return body === null && SAFE_METHODS.has(method);
}
