import { LRUCache } from "lru-cache";
import { unreachable } from "../../lib/unreachable.ts";
import type { DifferenceKind, Section } from "../../model/difference.ts";
import { rulePaths, type Rule } from "../../model/rule.ts";
import { headerPathsFrom } from "../../presentation/words/header-path.ts";
import { presetOf } from "../../presentation/rules/rule-presets.ts";
import {
  AT_ROOT,
  advance,
  hasMatched,
  parsePathPattern,
  stepsOf,
  type PathPattern,
  type MatchProgress,
} from "./path-pattern.ts";

/**
 * Whether a pattern matches an endpoint: `GET /users/{id}`; `* /users/**` for any method and any remaining path; `/users/*`
 * for any method and one segment. Path parameters are matched literally. `**` alone matches every endpoint.
 */
export function matchesEndpoint(pattern: string, endpoint: string): boolean {
  const trimmed = pattern.trim();
  if (trimmed === endpoint || trimmed === "**") return true;
  const [, method = "*", path = trimmed] = /^(\S+)\s+(\S.*)$/.exec(trimmed) ?? [];
  const space = endpoint.indexOf(" ");
  return (
    matchesGlob(method.toUpperCase(), endpoint.slice(0, space)) && matchesGlob(path, endpoint.slice(space + 1), "/")
  );
}

/**
 * Whether a rule matches a field by section, path and kind. The path of the field must equal a path of the rule or be below it.
 * The endpoint is not considered.
 */
export function matchesPath(
  rule: Pick<Rule, "section" | "path" | "kind">,
  field: { readonly section: Section; readonly path: string; readonly kind: DifferenceKind },
): boolean {
  if (rule.section !== field.section || (rule.kind !== undefined && rule.kind !== field.kind)) return false;
  return rulePaths(rule).some((path) => matchesOnePath(path, field));
}

function matchesOnePath(path: string, field: { readonly section: Section; readonly path: string }): boolean {
  switch (field.section) {
    case "status":
      return path === "$" || path === field.path;
    case "transport":
      return true;
    case "header":
    case "trailer":
      return matchesName(path, field.path);
    case "body": {
      const pattern = bodyPattern(path);
      if (pattern === undefined) return false;
      const along = (progress: MatchProgress, step: Parameters<typeof advance>[2]) => advance(pattern, progress, step);
      return hasMatched(pattern, stepsOf(field.path).reduce(along, AT_ROOT));
    }
  }
  return unreachable(field.section);
}

/** Whether a pattern or preset matches the path of a header or trailer field or one above it, ignoring case. */
export function matchesName(pattern: string, path: string): boolean {
  const wanted = presetOf(pattern)?.headers ?? [pattern.trim().toLowerCase()];
  return headerPathsFrom(path.toLowerCase()).some((each) => wanted.some((one) => matchesGlob(one, each)));
}

const patterns = new LRUCache<string, { readonly pattern: PathPattern | undefined }>({ max: 1_000 });

/** The parsed pattern of a path, cached. @returns undefined when the pattern is invalid and matches no field */
export function bodyPattern(path: string): PathPattern | undefined {
  const known = patterns.get(path);
  if (known !== undefined) return known.pattern;
  const pattern = parsePathPattern(path.trim());
  patterns.set(path, { pattern });
  return pattern;
}

/**
 * Whether a pattern matches the complete text: `*` matches any run of characters. Our own function, because glob libraries
 * give `{id}` a meaning, and it does not backtrack: the time is limited by the product of both lengths.
 * @param separator a character that `*` does not match but `**` does; undefined when `*` matches every character
 */
function matchesGlob(pattern: string, text: string, separator?: string): boolean {
  const parts = pattern.match(/\*+|[^*]/gs) ?? [];
  /** For each index, whether the parts before it can match the text read so far. */
  let reached = parts.map(() => false);
  reached.push(false);
  reached[0] = true;
  const passStars = (): void => {
    for (const [at, part] of parts.entries()) if (reached[at] === true && part.startsWith("*")) reached[at + 1] = true;
  };
  passStars();
  for (const char of text.split("")) {
    const next = parts.map(() => false);
    next.push(false);
    for (const [at, part] of parts.entries()) {
      if (reached[at] !== true) continue;
      if (!part.startsWith("*")) {
        if (part === char) next[at + 1] = true;
      } else if (char !== separator || part.length > 1) next[at] = true;
    }
    reached = next;
    passStars();
  }
  return reached[parts.length] === true;
}
