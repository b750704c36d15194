import { forwardedResponseFields } from "../../http/hop-by-hop-headers.ts";
import type { RawHeaders } from "../../model/capture.ts";
import type { CorsDecision } from "./cors-policy.ts";
import type { CompiledDestination } from "./weighted-destinations.ts";

/**
 * Returns the fields of the primary's response that the client receives. The mirror captures the primary's own.
 * @param headers as the primary sent them
 */
export function clientFields(
  headers: RawHeaders,
  cors: CorsDecision | null,
  destination: CompiledDestination | null,
): RawHeaders {
  const fields = forwardedResponseFields(headers);
  const withCors = cors?.change?.(fields) ?? fields;
  return destination?.changeResponse?.(withCors) ?? withCors;
}
