import { RE2JS } from "re2js";
import { pathOf } from "../../http/request-semantics.ts";
import type { RequestMatch, UriRewrite } from "../../model/routing.ts";
import { withoutSlash } from "./text-match.ts";

/** Changes the path of a request target; its query stays byte for byte. */
export type Rewriter = (target: string, match: RequestMatch | null) => string;

/**
 * Compiles a rewrite.
 * @throws RE2JSSyntaxException for a regular expression that is none
 */
export function compileRewrite(rewrite: UriRewrite): Rewriter {
  const change = rewrite.type === "regex" ? regexChange(rewrite) : replaceChange(rewrite);
  return (target, match) => {
    // RFC 9112 §3.2.4: `OPTIONS *` has no path.
    if (target === "*") return target;
    const path = pathOf(target);
    const changed = change(path, match);
    // Whatever the configuration says, a request target in origin form begins with a slash (RFC 9112 §3.2.1).
    return (changed.startsWith("/") ? changed : `/${changed}`) + target.slice(path.length);
  };
}

type PathChange = (path: string, match: RequestMatch | null) => string;

function replaceChange({ value }: Extract<UriRewrite, { type: "replace" }>): PathChange {
  return (path, match) => {
    const uri = match?.uri;
    // As Envoy does, even where it doubles a slash: `/foo` replaced by `/` makes `/foo/bar` to `//bar`.
    if (uri?.type === "prefix") return value + path.slice(uri.value.length);
    // By path element, as Gateway API does, which leaves one slash between both parts.
    if (uri?.type === "path-prefix") return withoutSlash(value) + path.slice(withoutSlash(uri.value).length);
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
      // RE2's GlobalReplace: nothing empty right behind a match.
      if (start === end && start === lastEnd) continue;
      changed += path.slice(last, start);
      for (const part of parts) changed += typeof part === "string" ? part : groupOf(matcher, part);
      last = end;
      lastEnd = end;
    }
    return changed + path.slice(last);
  };
}

/** A group that took no part in the match is empty; so is one that the pattern does not have. */
function groupOf(matcher: ReturnType<RE2JS["matcher"]>, index: number): string {
  return index > matcher.groupCount() ? "" : (matcher.group(index) ?? "");
}

/** `\1` stands for a group, `\\` for a backslash. */
function replacementParts(replacement: string): (string | number)[] {
  return replacement.split(/(\\.)/s).map((part) => {
    if (/^\\\d$/.test(part)) return Number(part[1]);
    return part.length === 2 && part.startsWith("\\") ? (part[1] ?? "") : part;
  });
}
