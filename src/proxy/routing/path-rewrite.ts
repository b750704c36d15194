import { RE2JS } from "re2js";
import { pathOf } from "../../http/request-target.ts";
import type { RequestMatch, UriRewrite } from "../../model/routing.ts";
import { trimTrailingSlash } from "./text-match.ts";

/** Rewrites the path of a request target. The query stays unchanged. */
export type Rewriter = (target: string, match: RequestMatch | null) => string;

/**
 * Compiles a rewrite.
 * @throws RE2JSSyntaxException for an invalid regular expression
 */
export function compileRewrite(rewrite: UriRewrite): Rewriter {
  const change = rewrite.type === "regex" ? regexChange(rewrite) : replaceChange(rewrite);
  return (target, match) => {
    // RFC 9112 §3.2.4: `OPTIONS *` has no path.
    if (target === "*") return target;
    const path = pathOf(target);
    const changed = change(path, match);
    // A request target in origin form must begin with a slash (RFC 9112 §3.2.1).
    return (changed.startsWith("/") ? changed : `/${changed}`) + target.slice(path.length);
  };
}

type PathChange = (path: string, match: RequestMatch | null) => string;

function replaceChange({ value }: Extract<UriRewrite, { type: "replace" }>): PathChange {
  return (path, match) => {
    const uri = match?.uri;
    // Same as Envoy, even where it doubles a slash: when `/foo` is replaced by `/`, `/foo/bar` becomes `//bar`.
    if (uri?.type === "prefix") return value + path.slice(uri.value.length);
    // By path element, same as Gateway API: one slash remains between both parts.
    if (uri?.type === "path-prefix") return trimTrailingSlash(value) + path.slice(trimTrailingSlash(uri.value).length);
    return value;
  };
}

function regexChange({ source, replacement }: Extract<UriRewrite, { type: "regex" }>): PathChange {
  const pattern = RE2JS.compile(source);
  const parts = replacementParts(replacement);
  return (path) => {
    const matcher = pattern.matcher(path);
    let changed = "";
    let last = 0;
    let lastEnd = -1;
    while (matcher.find()) {
      const [start, end] = [matcher.start(), matcher.end()];
      // Same as RE2's GlobalReplace: an empty match directly after another match does not count.
      if (start === end && start === lastEnd) continue;
      changed += path.slice(last, start);
      for (const part of parts) changed += typeof part === "string" ? part : groupOf(matcher, part);
      last = end;
      lastEnd = end;
    }
    return changed + path.slice(last);
  };
}

/** A group that did not participate in the match, or does not exist, is empty. */
function groupOf(matcher: ReturnType<RE2JS["matcher"]>, index: number): string {
  return index > matcher.groupCount() ? "" : (matcher.group(index) ?? "");
}

/** Splits a replacement into literal texts and group numbers. `\1` is a group, `\\` a backslash. */
function replacementParts(replacement: string): (string | number)[] {
  return replacement.split(/(\\.)/s).map((part) => {
    if (/^\\\d$/.test(part)) return Number(part[1]);
    return part.length === 2 && part.startsWith("\\") ? (part[1] ?? "") : part;
  });
}
