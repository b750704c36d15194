import { LRUCache } from "lru-cache";
import { unreachable } from "../../lib/unreachable.ts";
import type { DifferenceKind, Section } from "../../model/difference.ts";
import type { Rule } from "../../model/rule.ts";
import {
  AT_ROOT,
  advance,
  hasMatched,
  parsePathPattern,
  stepsOf,
  type PathPattern,
  type Progress,
} from "./path-pattern.ts";

/**
 * Whether an endpoint is meant by a pattern: `GET /users/{id}`; `* /users/**` for any method and any rest; `/users/*` for
 * any method and one segment. The parameters of an endpoint are read as they are written. `**` alone is every endpoint.
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
 * Whether a rule names a field: the field's path is the rule's or below it, its section is the rule's, and its kind is the
 * one that the rule asks for, if it asks. The endpoint is another question.
 */
export function matchesPath(
  rule: Pick<Rule, "section" | "path" | "kind">,
  field: { readonly section: Section; readonly path: string; readonly kind: DifferenceKind },
): boolean {
  if (rule.section !== field.section || (rule.kind !== undefined && rule.kind !== field.kind)) return false;
  switch (rule.section) {
    case "status":
    case "transport":
      return true;
    case "header":
    case "trailer":
      return matchesName(rule.path, field.path);
    case "body": {
      const pattern = bodyPattern(rule.path);
      if (pattern === undefined) return false;
      const along = (progress: Progress, step: Parameters<typeof advance>[2]) => advance(pattern, progress, step);
      return hasMatched(pattern, stepsOf(field.path).reduce(along, AT_ROOT));
    }
  }
  return unreachable(rule.section);
}

/** Whether the name of a header or trailer field is meant by a pattern; names have no case. */
export function matchesName(pattern: string, name: string): boolean {
  return matchesGlob(pattern.trim().toLowerCase(), name.toLowerCase());
}

const patterns = new LRUCache<string, { readonly pattern: PathPattern | undefined }>({ max: 1_000 });

/** A path pattern, read once. @returns undefined when it is none: it names no field */
export function bodyPattern(path: string): PathPattern | undefined {
  const known = patterns.get(path);
  if (known !== undefined) return known.pattern;
  const pattern = parsePathPattern(path.trim());
  patterns.set(path, { pattern });
  return pattern;
}

/**
 * Whether a text has the form of a pattern as a whole: `*` stands for any run of characters, and of several stars in a row
 * each does. Without backtracking, so the time is bounded by both lengths.
 * @param within a character that a single `*` does not run over; two stars do. Undefined: a star runs over everything
 */
function matchesGlob(pattern: string, text: string, within?: string): boolean {
  const parts = pattern.match(/\*+|[^*]/gs) ?? [];
  /** Whether the parts up to an index can stand for what was read so far. */
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
      } else if (char !== within || part.length > 1) next[at] = true;
    }
    reached = next;
    passStars();
  }
  return reached[parts.length] === true;
}
