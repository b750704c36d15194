import { FINGERPRINT } from "../model/sample.ts";
import type { LearnedTemplate } from "./learned-template.ts";
import { createTemplateFolder } from "./template-folder.ts";
import { parameterOf } from "./value-shapes.ts";

/** Replaces a secret since the capture: `/reset-password/[redacted:0123abcd]`. */
const REDACTED = /\[redacted:[^\]]{0,20}\]/g;
const MAX_ENDPOINT_CHARS = 200;

/** A configured path template, split at its slashes. */
interface Template {
  readonly method: string | undefined;
  readonly segments: readonly string[];
  readonly path: string;
}

/** @returns an endpoint such as `GET /users/{id}` @param route what was learned applies to one route; none if it is empty */
type NameEndpoint = (method: string, target: string, route?: string) => string;

/**
 * Groups requests that differ only in path parameters.
 * @param templates configured path templates, `/users/{name}/orders` or `GET /users/{name}/orders`; the first match wins
 * @param learned segments that traffic has shown to be parameters; a configured template wins
 * @returns a function from method and request target (origin form) to an endpoint. The target is not decoded or normalized,
 *   because the upstream may not do so either
 */
export function createEndpointNamer(
  templates: readonly string[],
  learned: readonly LearnedTemplate[] = [],
): NameEndpoint {
  const parsed = templates.map(parseTemplate);
  const folder = createTemplateFolder(learned);
  return (method, target, route = "") => {
    const path = pathOf(target);
    const segments = path.split("/");
    const template = parsed.find((one) => matches(one, method, segments));
    const fold = (rest: string[]): void => folder.foldSegments(route, method, rest);
    const endpoint = `${method} ${template?.path ?? nameSegments(segments, fold)}`;
    return endpoint.length > MAX_ENDPOINT_CHARS ? `${endpoint.slice(0, MAX_ENDPOINT_CHARS)}…` : endpoint;
  };
}

function nameSegments([first = "", ...segments]: readonly string[], fold: (segments: string[]) => void): string {
  const named = segments.map(parameterize);
  fold(named);
  return [parameterize(first), ...named].join("/");
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
  return segment.includes(FINGERPRINT) ? segment.replaceAll(REDACTED, "{id}") : (parameterOf(segment) ?? segment);
}
