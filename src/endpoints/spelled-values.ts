import { isParameter, type LearnedTemplate } from "./learned-template.ts";

/**
 * The values of a learned segment that endpoints or patterns of a person spell out: with a rule for `GET /posts/first`, `first`
 * stays an endpoint of its own, so that the rule keeps its meaning. A value with `*` in it, such as `draft-*`, is a pattern.
 * @param patterns of rules, reviews, thresholds and configured templates: `GET /posts/first`, `* /posts/draft-*`, `/users/me`
 */
export function spelledValues(
  patterns: readonly string[],
  { method, parent }: Pick<LearnedTemplate, "method" | "parent">,
): readonly string[] {
  const before = parent.split("/").slice(1);
  const values = patterns.flatMap((pattern) => {
    const [, ownMethod = "*", path = ""] = /^(?:(\S+)\s+)?\/(\S*)$/.exec(pattern.trim()) ?? [];
    if (ownMethod !== "*" && ownMethod.toUpperCase() !== method) return [];
    const segments = path.split("/");
    const value = segments[before.length];
    if (value === undefined || value === "" || /^\*+$/.test(value) || isParameter(value)) return [];
    return before.every((segment, at) => mayMatch(segments[at] ?? "", segment)) ? [value] : [];
  });
  return [...new Set(values)];
}

/** Whether a segment of a pattern may stand for a segment of a template; if in doubt, it does. */
function mayMatch(written: string, segment: string): boolean {
  return written.includes("*") || isParameter(written) || isParameter(segment) || written === segment;
}
