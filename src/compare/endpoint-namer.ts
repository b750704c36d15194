import { looksLikeCredential } from "../secrets/credential-shapes.ts";
import { percentDecoded } from "../secrets/decoded-text.ts";
import { FINGERPRINT } from "../secrets/fingerprint.ts";

/** Replaces a secret since the capture: `/reset-password/[redacted:0123abcd]`. */
const REDACTED = /\[redacted:[^\]]{0,20}\]/g;
const MAX_ENDPOINT_CHARS = 200;

/** Path segments that are values of a parameter. Words never are, because only a person knows which words are names. */
const PARAMETERS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["{id}", /^-?\d+$/],
  ["{id}", /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i],
  ["{id}", /^[0-9a-f]{16,}$/i],
  ["{date}", /^\d{4}-\d{2}-\d{2}(?:[T_ ]|%20|$)[\dTZ.,:+%AB-]*$/i],
];

/** A configured path template, split at its slashes. */
interface Template {
  readonly method: string | undefined;
  readonly segments: readonly string[];
  readonly path: string;
}

/**
 * Groups requests that differ only in path parameters.
 * @param templates configured path templates, `/users/{name}/orders` or `GET /users/{name}/orders`; the first match wins
 * @returns a function from method and request target (origin form) to an endpoint such as `GET /users/{id}`. The target is
 *   not decoded or normalized, because the upstream may not do so either
 */
export function createEndpointNamer(templates: readonly string[]): (method: string, target: string) => string {
  const parsed = templates.map(parseTemplate);
  return (method, target) => {
    const path = pathOf(target);
    const segments = path.split("/");
    const template = parsed.find((one) => matches(one, method, segments));
    const endpoint = `${method} ${template?.path ?? segments.map(parameterize).join("/")}`;
    return endpoint.length > MAX_ENDPOINT_CHARS ? `${endpoint.slice(0, MAX_ENDPOINT_CHARS)}…` : endpoint;
  };
}

function parseTemplate(template: string): Template {
  const [, method, path = template] = /^(?:([A-Za-z-]+)\s+)?(\S.*)$/.exec(template.trim()) ?? [];
  return { method: method?.toUpperCase(), path, segments: path.split("/") };
}

function matches({ method, segments }: Template, requestMethod: string, actual: readonly string[]): boolean {
  if (method !== undefined && method !== requestMethod) return false;
  if (segments.length !== actual.length) return false;
  return segments.every((segment, at) => (isParameter(segment) ? actual[at] !== "" : segment === actual[at]));
}

function isParameter(segment: string): boolean {
  return segment.startsWith("{") && segment.endsWith("}");
}

/** The path of a target, without query, fragment and origin. */
function pathOf(target: string): string {
  const path = target.split(/[?#]/, 1)[0] ?? "";
  const absolute = /^[a-z][a-z\d+.-]*:\/\/[^/]*(.*)$/i.exec(path);
  return absolute === null ? path || "/" : absolute[1] || "/";
}

function parameterize(segment: string): string {
  const parameter = PARAMETERS.find(([, pattern]) => pattern.test(segment));
  if (parameter !== undefined) return parameter[0];
  // A credential in a path would become a separate endpoint, visible on every screen.
  if (looksLikeCredential(percentDecoded(segment))) return "{id}";
  return segment.includes(FINGERPRINT) ? segment.replaceAll(REDACTED, "{id}") : segment;
}
