import type { TemplateDecision, TemplateInForce, TemplatePosition } from "../model/views/templates.ts";

/** A path segment whose values are counted as one parameter, because traffic has shown too many of them, or a person wants it. */
export interface LearnedTemplate extends TemplatePosition {
  /** Undefined if it was learned from traffic. */
  readonly decided?: TemplateDecision | undefined;
  /** `{post}`. */
  readonly parameter: string;
  /** Values that stay as they are; `*` in them matches any characters. Some stay everywhere: see `isConventional`. */
  readonly literals: readonly string[];
}

/** `GET /posts/{post}`. */
export function templateName({ method, parent, parameter }: LearnedTemplate): string {
  return `${method} ${parent}/${parameter}`;
}

/** A template as lists show it. */
export function inForce({ decided, ...template }: LearnedTemplate): TemplateInForce {
  return { ...template, template: templateName(template), decided: decided ?? null };
}

/** Words that are part of an API by convention, and never the name of a thing. */
export const CONVENTIONAL_WORDS: ReadonlySet<string> = new Set(
  (
    "me self current search find query filter suggest autocomplete new create add edit update delete batch bulk import " +
    "export upload download count stats summary latest recent popular trending featured random all default health status " +
    "config settings login logout register validate verify"
  ).split(" "),
);
const PARAMETER = /\{[^{}]*\}/;

/** Whether a segment always stays as it is: a conventional word such as `me`, a parameter, or nothing. */
export function isConventional(segment: string): boolean {
  return segment === "" || CONVENTIONAL_WORDS.has(segment) || isParameter(segment);
}

/** Whether a segment contains a parameter, such as `{id}.json`. */
export function isParameter(segment: string): boolean {
  return PARAMETER.test(segment);
}

/** Splits `GET /posts/{id}`. @returns undefined for names without a path, such as the collective one */
export function splitEndpoint(endpoint: string): { readonly method: string; readonly segments: string[] } | undefined {
  const space = endpoint.indexOf(" /");
  if (space === -1) return undefined;
  return { method: endpoint.slice(0, space), segments: endpoint.slice(space + 2).split("/") };
}
