import type { RawHeaders, Role } from "../../model/capture.ts";
import type { SampleDetail, SampleDetailBody, SampleDetailLeg } from "../../model/sample.ts";
import { endToEndFields } from "../../presentation/exchange/end-to-end-fields.ts";
import { maskedParts } from "../../presentation/exchange/masked-parts.ts";
import { NDJSON_VERSION } from "../../replay/formats/json/ndjson-line.ts";

/**
 * One line per exchange: the request as replay reads it, and the responses.
 * @param role whose response the lines have; undefined for all
 */
export async function* ndjsonChunks(
  samples: AsyncIterable<SampleDetail>,
  role: Role | undefined,
): AsyncGenerator<string> {
  for await (const sample of samples) yield `${JSON.stringify(lineOf(sample, role))}\n`;
}

function lineOf(sample: SampleDetail, role: Role | undefined): object {
  const { id, at, method, target, headers, route, endpoint, candidate, legs } = sample;
  const masked = maskedParts(sample);
  const exported = Object.entries(legs).filter(([name, leg]) => leg !== null && (role === undefined || name === role));
  return {
    version: NDJSON_VERSION,
    at: new Date(at).toISOString(),
    method,
    target,
    headers: endToEndFields(headers),
    // Request bodies are not stored.
    body: null,
    ...(masked.length > 0 && { masked }),
    id,
    route,
    endpoint,
    candidate,
    responses: Object.fromEntries(exported.map(([name, leg]) => [name, responseOf(leg as SampleDetailLeg)])),
  };
}

function responseOf({ subset, failure, status, headers, trailers, body, timing, trace }: SampleDetailLeg): object {
  return {
    subset,
    ...(failure !== null && { failure }),
    status,
    headers: pairsOf(headers),
    ...(trailers.length > 0 && { trailers: pairsOf(trailers) }),
    body: bodyOf(body),
    timing,
    ...(trace !== undefined && { trace }),
  };
}

/** `length` is that on the wire; a text that was cut is marked. */
function bodyOf({ form, mediaType, length, truncated, text }: SampleDetailBody): object | null {
  if (form === "empty") return null;
  const content = form === "binary" ? { sha256: text } : { text };
  return { ...content, mediaType, length, ...(truncated && { truncated }) };
}

function pairsOf(headers: RawHeaders): readonly (readonly string[])[] {
  return Array.from({ length: Math.floor(headers.length / 2) }, (_, at) => headers.slice(2 * at, 2 * at + 2));
}
