import { RE2JS } from "re2js";
import type { ForwardedHeader } from "../../model/config.ts";
import type { HostPolicy } from "../../model/routing.ts";
import { choice, describeValue, textMatching, type Parsed, type ValueType } from "./value-type.ts";

/** Any text, including the empty one. Other YAML scalars are rejected, because `1.0` would silently become "1". */
export const anyText: ValueType<string> = {
  placeholder: "text",
  allowed: "text",
  json: { type: "string" },
  parse(value) {
    if (typeof value === "string") return { value };
    const canBeQuoted = typeof value === "number" || typeof value === "boolean";
    return { problem: canBeQuoted ? `${value} is not text; quote it` : `${describeValue(value)} is not text` };
  },
};

/** A regular expression in RE2 syntax, which matches in linear time. */
export const regex: ValueType<string> = {
  placeholder: "regex",
  allowed: "an RE2 expression (https://github.com/google/re2/wiki/Syntax), without look-around and back-references",
  json: { type: "string", minLength: 1 },
  parse(value) {
    const parsed = anyText.parse(value);
    if ("problem" in parsed) return parsed;
    const problem = parsed.value === "" ? "the expression is empty" : regexProblem(parsed.value);
    return problem === undefined ? parsed : { problem };
  },
};

/** @returns RE2's message and the position, undefined for a valid expression */
function regexProblem(source: string): string | undefined {
  try {
    RE2JS.compile(source);
    return undefined;
  } catch (error) {
    const message = (error as Error).message.replace(/^error parsing regexp: /, "");
    const fragment = /`(.+)`$/s.exec(message)?.[1];
    const index = fragment === undefined || fragment === source ? -1 : source.indexOf(fragment);
    const position = index > 0 ? ` at character ${index + 1}` : "";
    return `${describeValue(source)} is not a valid RE2 expression: ${message}${position}`;
  }
}

/** @param source a valid expression */
export function groupCount(source: string): number {
  return RE2JS.compile(source).groupCount();
}

/** A path or path prefix as in a request target. */
export const path: ValueType<string> = {
  placeholder: "path",
  allowed: "a percent-encoded path that starts with /, without a query, like /users/list",
  json: { type: "string", pattern: "^/[^\\s?#]*$" },
  parse(value) {
    const parsed = anyText.parse(value);
    if ("problem" in parsed) return parsed;
    const problem = pathProblem(parsed.value);
    return problem === undefined ? parsed : { problem: `${describeValue(parsed.value)} ${problem}` };
  },
};

function pathProblem(text: string): string | undefined {
  if (!text.startsWith("/")) return "does not start with /";
  if (text.includes("?")) return "contains a query; match it with queryParams";
  if (text.includes("#")) return "contains a fragment, which clients never send";
  return /^[!-~]*$/.test(text) ? undefined : `is not percent-encoded; write ${encodeURI(text)}`;
}

/** Parses like `type` and converts to lower case, for names that ignore case. */
function lowerCased(type: ValueType<string>): ValueType<string> {
  return {
    ...type,
    parse(value): Parsed<string> {
      const parsed = type.parse(value);
      return "problem" in parsed ? parsed : { value: parsed.value.toLowerCase() };
    },
  };
}

/** RFC 9110 §5.6.2. */
const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
/** RFC 9110 §5.5: no control characters except tab, no space at either end. */
const FIELD_VALUE = /^(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?$/;
const HOST_AND_PORT = /^(?:\[[\da-fA-F:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?::\d{1,5})?$/;
const HOST_PATTERN = /^(?:\*|(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[\da-fA-F:.]+\])$/;

export const headerName = textMatching("header name", "a header name, like x-request-id", TOKEN);
export const headerValue = textMatching(
  "header value",
  "text without line breaks and without spaces at either end",
  FIELD_VALUE,
);
/** The name of a cookie or query parameter. */
export const keyName = textMatching("name", "a name without spaces, =, ; and &", /^[^\s=;&]+$/);
/** A Host header, with or without port. */
export const authority = lowerCased(
  textMatching("host", "a host name with or without port, like api.example:8080", HOST_AND_PORT),
);
/** Which hosts a route serves. */
export const hostPattern = lowerCased(
  textMatching("host", "a host name without port, *.suffix or *, like api.example or *.example", HOST_PATTERN),
);
export const lowerCaseText = lowerCased(anyText);

/** The Host header of mirrored requests: `keep`, `shadow`, or a host name. */
export const hostPolicy: ValueType<HostPolicy> = {
  placeholder: "host",
  allowed: "keep, shadow, or a host name with or without port",
  json: { type: "string", minLength: 1, examples: ["keep", "shadow", "api.example"] },
  parse(value) {
    if (value === "keep" || value === "shadow") return { value: { type: value } };
    const parsed = authority.parse(value);
    return "problem" in parsed ? parsed : { value: { type: "literal", host: parsed.value } };
  },
};

const FORWARDED_HEADERS = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded"] as const;
const anyForwardedHeader = choice(...FORWARDED_HEADERS);

/** A header that describes the client. Header names ignore case. */
export const forwardedHeader: ValueType<ForwardedHeader> = {
  ...anyForwardedHeader,
  placeholder: "header",
  json: { enum: [...FORWARDED_HEADERS, "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded"] },
  parse: (value) => anyForwardedHeader.parse(typeof value === "string" ? value.toLowerCase() : value),
};
