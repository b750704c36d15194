import { matchesEndpoint } from "../compare/rules/rule-match.ts";
import { endpointPattern } from "../config/values/names.ts";
import type { Parsed } from "../config/values/value-type.ts";
import { fieldValue } from "../http/read-header.ts";
import { pathOf } from "../http/request-target.ts";
import type { RecordedRequest } from "../model/replay/recording.ts";
import { quoted } from "./quoted.ts";

/** Whether a request is replayed. */
export type RequestFilter = (request: Pick<RecordedRequest, "method" | "target" | "headers">) => boolean;

interface Pattern {
  readonly excludes: boolean;
  /** In lower case; `*.` in front stands for any subdomain; empty for every host. */
  readonly host: string;
  /** As in rules. */
  readonly endpoint: string;
}

const ALLOWED =
  "[!] [METHOD] [HOST]/PATH, like /api/**, GET /users/*, shop.example/** or !/health; * matches within a segment, ** the rest";
/** Mark, method, host and path. */
const PATTERN = /^(!?)\s*(?:([A-Z*][A-Z*-]*)\s+)?([^/\s]*)(\/\S*)$/;
const PORT = /:\d+$/;

/**
 * Parses patterns for requests. A request is replayed if one of them matches, or if there are none, and if no pattern with `!`
 * matches. A path never includes the query.
 */
export function parseRequestFilter(texts: readonly string[]): Parsed<RequestFilter> {
  const patterns: Pattern[] = [];
  for (const text of texts) {
    const [, mark, method = "*", host = "", path = ""] = PATTERN.exec(text.trim()) ?? [];
    const endpoint = endpointPattern.parse(`${method} ${path}`);
    if (mark === undefined || "problem" in endpoint) {
      return { problem: `${quoted(text)} is not a valid filter (allowed: ${ALLOWED})` };
    }
    patterns.push({ excludes: mark === "!", host: host.toLowerCase(), endpoint: endpoint.value });
  }
  const excluding = patterns.filter(({ excludes }) => excludes);
  const including = patterns.filter(({ excludes }) => !excludes);
  return {
    value(request) {
      const endpoint = `${request.method} ${pathOf(request.target)}`;
      const host = fieldValue(request.headers, "host")?.toLowerCase() ?? "";
      const matches = (pattern: Pattern): boolean =>
        matchesHost(pattern.host, host) && matchesEndpoint(pattern.endpoint, endpoint);
      return (including.length === 0 || including.some(matches)) && !excluding.some(matches);
    },
  };
}

/** @param host with or without a port, which counts only if the pattern has one */
function matchesHost(pattern: string, host: string): boolean {
  if (pattern === "" || pattern === "*" || pattern === host) return true;
  const name = PORT.test(pattern) ? host : host.replace(PORT, "");
  return pattern.startsWith("*.") ? name.endsWith(pattern.slice(1)) : name === pattern;
}
