import { forwardedRequestFields } from "../http/hop-by-hop-headers.ts";
import type { RawHeaders } from "../model/capture.ts";
import type { UpstreamRequest } from "../model/mirror-stage.ts";
import type { ProbePurpose, ProbeRequest } from "../model/isolate/probe.ts";

const CONTENT_LENGTH = "content-length";
/** A request without trailers announces none. */
const TRAILER = "trailer";

/**
 * The request that all versions receive: the fields in their order, the length of the body, the mark of our hop, so that another
 * shadowdiff does not mirror it, and at the end the marker.
 * @param marker name of the header that marks probes; its value says what the probe is for
 */
export function markedRequest(
  { method, target, headers, body }: ProbeRequest,
  marker: string,
  purpose: ProbePurpose,
): UpstreamRequest {
  const lowerMarker = marker.toLowerCase();
  const length = body === null ? null : String(body.byteLength);
  const fields: string[] = [];
  let hasLength = false;
  for (const [name, value] of pairsOf(forwardedRequestFields(headers))) {
    const lower = name.toLowerCase();
    if (lower === lowerMarker || lower === TRAILER) continue;
    if (lower !== CONTENT_LENGTH) {
      fields.push(name, value);
    } else if (!hasLength && (length !== null || value === "0")) {
      hasLength = true;
      fields.push(name, length ?? value);
    }
  }
  if (length !== null && !hasLength) fields.push("Content-Length", length);
  fields.push(marker, purpose);
  return { method, target, headers: fields };
}

function* pairsOf(headers: RawHeaders): Generator<readonly [name: string, value: string]> {
  for (let at = 0; at + 1 < headers.length; at += 2) yield [headers[at] ?? "", headers[at + 1] ?? ""];
}
