import type { ProbeRequest } from "../../model/isolate/probe.ts";
import { FINGERPRINT, type Sample } from "../../model/sample.ts";
import { maskedParts } from "./masked-parts.ts";

/** Values for the masked places of a stored request, by place: `header authorization`, `cookie SID`, `query api_key`. */
export type TypedSecrets = Readonly<Record<string, string>>;

/** A stored request as far as it can be sent again. */
interface FilledRequest {
  readonly request: ProbeRequest;
  /** The places whose value was not stored: `path 2` is the second segment, `body` the body. Each once, in order. */
  readonly masked: readonly string[];
  /** Those without a typed-in value; the request does not have them. */
  readonly leftOut: readonly string[];
  /** Those of `leftOut` without which it would be another request: segments of the path, and the body. */
  readonly needed: readonly string[];
}

/**
 * Puts typed-in values where a stored request has fingerprints, and leaves out what remains masked.
 * @param secrets values without control characters; those of the query and the path are percent-encoded here
 */
export function fillMasked(
  { method, target, headers }: Pick<Sample, "method" | "target" | "headers">,
  secrets: TypedSecrets,
): FilledRequest {
  const typed = new Map(Object.entries(secrets));
  const places = new Map<string, boolean>();
  const valueOf = (place: string): string | undefined => {
    const value = typed.get(place);
    places.set(place, value !== undefined);
    return value;
  };
  const filledTarget = fillTarget(target, valueOf);
  const filledHeaders = fillHeaders(headers, valueOf);
  const hasBody = maskedParts({ method, target: "", headers }).includes("body");
  const body = hasBody ? valueOf("body") : undefined;
  const leftOut = [...places].flatMap(([place, isTyped]) => (isTyped ? [] : [place]));
  return {
    request: {
      method,
      target: filledTarget,
      headers: filledHeaders,
      body: body === undefined ? null : new TextEncoder().encode(body),
    },
    masked: [...places.keys()],
    leftOut,
    needed: leftOut.filter((place) => place === "body" || place.startsWith("path ")),
  };
}

type ValueOf = (place: string) => string | undefined;

function fillTarget(target: string, valueOf: ValueOf): string {
  if (!target.includes(FINGERPRINT)) return target;
  const mark = target.indexOf("?");
  const path = mark === -1 ? target : target.slice(0, mark);
  const segments = path.split("/").map((segment, index) => {
    if (!segment.includes(FINGERPRINT)) return segment;
    const value = valueOf(`path ${index}`);
    return value === undefined ? segment : encodeURIComponent(value);
  });
  const filled = segments.join("/");
  if (mark === -1) return filled;
  const parameters = target
    .slice(mark + 1)
    .split("&")
    .flatMap((parameter) => {
      if (!parameter.includes(FINGERPRINT)) return [parameter];
      const [name = ""] = parameter.split("=", 1);
      const value = valueOf(`query ${name}`);
      return value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`];
    });
  return parameters.length === 0 ? filled : `${filled}?${parameters.join("&")}`;
}

function fillHeaders(headers: Sample["headers"], valueOf: ValueOf): string[] {
  const filled: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? "";
    const value = fillValue(name.toLowerCase(), headers[index + 1] ?? "", valueOf);
    if (value !== undefined) filled.push(name, value);
  }
  return filled;
}

/** @returns undefined for a field that is left out */
function fillValue(name: string, value: string, valueOf: ValueOf): string | undefined {
  if (!value.includes(FINGERPRINT)) return value;
  if (name !== "cookie") return valueOf(`header ${name}`);
  const pairs = value.split(";").flatMap((pair) => {
    if (!pair.includes(FINGERPRINT)) return [pair.trim()];
    const equals = pair.indexOf("=");
    const cookie = equals === -1 ? "" : pair.slice(0, equals).trim();
    const typed = valueOf(`cookie ${cookie}`);
    return typed === undefined ? [] : [equals === -1 ? typed : `${cookie}=${typed}`];
  });
  return pairs.length === 0 ? undefined : pairs.join("; ");
}
