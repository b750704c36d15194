import type { RequestMatch, StringMatch, UriRewrite } from "../../../model/routing.ts";
import { RE2JS } from "re2js";
import type { DocumentField } from "../../kubernetes/document-field.ts";
import { text } from "../../kubernetes/scalar-fields.ts";
import { checkedRegex } from "./istio-string-match.ts";

const ANY_PATH: StringMatch = { type: "prefix", value: "/" };

/** A match without conditions. */
export const ANY_REQUEST: RequestMatch = {
  name: undefined,
  uri: undefined,
  ignoreUriCase: false,
  scheme: undefined,
  method: undefined,
  authority: undefined,
  headers: [],
  withoutHeaders: [],
  queryParams: [],
  port: undefined,
};

/** Reads `rewrite.uri` and `rewrite.uriRegexRewrite` of a route. */
export function uriRewrite(field: DocumentField | undefined): UriRewrite | undefined {
  const uri = field?.child("uri");
  const value = text(uri);
  const regex = field?.child("uriRegexRewrite");
  if (regex === undefined) return value === undefined ? undefined : { type: "replace", value };
  if (value !== undefined) field?.error("uri and uriRegexRewrite are mutually exclusive");
  const match = regex.child("match");
  const source = text(match);
  const replacement = text(regex.child("rewrite")) ?? "";
  if (match === undefined || source === undefined) {
    regex.error("missing: match, the regular expression to replace");
    return undefined;
  }
  return { type: "regex", source: checkedRegex(source, match), replacement };
}

/**
 * A rewrite replaces the matched prefix. In Istio, a match without `uri` has the prefix `/`, so it is added here; otherwise the
 * rewrite would replace the entire path.
 */
export function matchesForRewrite(
  matches: readonly RequestMatch[],
  rewrite: UriRewrite | undefined,
): readonly RequestMatch[] {
  if (rewrite?.type !== "replace") return matches;
  const all = matches.length === 0 ? [ANY_REQUEST] : matches;
  return all.map((match) =>
    match.uri === undefined || match.uri.type === "present" ? { ...match, uri: ANY_PATH } : match,
  );
}

/** Warns if a rewrite like `/my-app` → `/` turns `/my-app/cart` into `//cart`, as in Istio, which is rarely intended. */
export function warnDoubleSlash(
  matches: readonly RequestMatch[],
  rewrite: UriRewrite | undefined,
  field: DocumentField,
): void {
  if (rewrite?.type !== "replace" || !rewrite.value.endsWith("/")) return;
  const prefix = matches.flatMap(({ uri }) =>
    uri?.type === "prefix" && !uri.value.endsWith("/") ? [uri.value] : [],
  )[0];
  if (prefix === undefined) return;
  field.warn(
    `${prefix}/x becomes ${rewrite.value}/x, with a double slash, as in Istio; match ${prefix}/ first, or use uriRegexRewrite`,
  );
}

/** A rewrite of the entire path, whatever the match covers. */
export function wholePath(value: string): UriRewrite {
  return { type: "regex", source: "^(?s:.*)$", replacement: value.replaceAll("\\", "\\\\") };
}

/** Escapes text for a regular expression. */
export function escapeRegex(value: string): string {
  return RE2JS.quote(value);
}
