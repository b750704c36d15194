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
  readonly segments: readonly TemplateSegment[];
  readonly path: string;
}

/** A text, an entire parameter, or a text with parameters in it: `{name}.json`. */
type TemplateSegment = string | typeof PARAMETER | RegExp;

const PARAMETER = Symbol("parameter");

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
  const byLength = Map.groupBy(templates.map(parseTemplate), ({ segments }) => segments.length);
  const folder = createTemplateFolder(learned);
  return (method, target, route = "") => {
    const path = pathOf(target);
    const segments = path.split("/");
    const template = byLength.get(segments.length)?.find((one) => matches(one, method, segments));
    const fold = (rest: string[]): void => folder.foldSegments(route, method, rest);
    return endpointText(method, template?.path ?? nameSegments(segments, fold));
  };
}

/** The name of the endpoint with a method and a path. */
export function endpointText(method: string, path: string): string {
  const endpoint = `${method} ${path}`;
  return endpoint.length > MAX_ENDPOINT_CHARS ? `${endpoint.slice(0, MAX_ENDPOINT_CHARS)}…` : endpoint;
}

function nameSegments([first = "", ...segments]: readonly string[], fold: (segments: string[]) => void): string {
  const named = segments.map(parameterize);
  fold(named);
  return [parameterize(first), ...named].join("/");
}

function parseTemplate(template: string): Template {
  const [, method, path = template] = /^(?:([A-Za-z-]+)\s+)?(\S.*)$/.exec(template.trim()) ?? [];
  return { method: method?.toUpperCase(), path, segments: path.split("/").map(parseSegment) };
}

function parseSegment(segment: string): TemplateSegment {
  if (isParameter(segment)) return PARAMETER;
  const parts = segment.split(/\{[^{}]+\}/);
  return parts.length === 1 ? segment : new RegExp(`^${parts.map(literalPattern).join(".+?")}$`);
}

function literalPattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

function matches({ method, segments }: Template, requestMethod: string, actual: readonly string[]): boolean {
  if (method !== undefined && method !== requestMethod) return false;
  return segments.every((segment, at) => {
    const text = actual[at] ?? "";
    if (segment === PARAMETER) return text !== "";
    return typeof segment === "string" ? segment === text : segment.test(text);
  });
}

/** Whether a segment of a template is a parameter as a whole. */
export function isParameter(segment: string): boolean {
  return /^\{[^{}]*\}$/.test(segment);
}

/** The path of a target, without query, fragment and origin. */
function pathOf(target: string): string {
  const end = target.search(/[?#]/);
  const path = end === -1 ? target : target.slice(0, end);
  if (path.startsWith("/")) return path;
  const absolute = /^[a-z][a-z\d+.-]*:\/\/[^/]*(.*)$/i.exec(path);
  return absolute === null ? path || "/" : absolute[1] || "/";
}

function parameterize(segment: string): string {
  return segment.includes(FINGERPRINT) ? segment.replaceAll(REDACTED, "{id}") : (parameterOf(segment) ?? segment);
}
