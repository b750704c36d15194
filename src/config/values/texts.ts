import { RE2JS } from "re2js";
import { matching, method } from "./names.ts";
import { shown, type Parsed, type ValueType } from "./value-type.ts";

/** Any text, the empty one too. Other scalars of YAML are refused: `1.0` would silently become "1". */
export const anyText: ValueType<string> = {
  placeholder: "text",
  allowed: "a text",
  json: { type: "string" },
  parse(value) {
    if (typeof value === "string") return { value };
    const quoted = typeof value === "number" || typeof value === "boolean";
    return { problem: quoted ? `${value} is no text; put it in quotes` : `${shown(value)} is no text` };
  },
};

/** RE2 syntax; it must match the whole text. */
export const regex: ValueType<string> = {
  placeholder: "regex",
  allowed: "an expression in RE2 syntax, which matches the whole text",
  json: { type: "string", minLength: 1 },
  parse(value) {
    const parsed = anyText.parse(value);
    if ("problem" in parsed) return parsed;
    const problem = parsed.value === "" ? "the expression is empty" : regexProblem(parsed.value);
    return problem === undefined ? parsed : { problem };
  },
};

/** @returns what RE2 says against an expression and where; undefined when it can be used */
function regexProblem(source: string): string | undefined {
  try {
    RE2JS.compile(source);
    return undefined;
  } catch (error) {
    const said = (error as Error).message.replace(/^error parsing regexp: /, "");
    const fragment = /`(.+)`$/s.exec(said)?.[1];
    const index = fragment === undefined || fragment === source ? -1 : source.indexOf(fragment);
    return `${shown(source)} is no expression: ${said}${index > 0 ? ` at character ${index + 1}` : ""}`;
  }
}

/** How many groups an expression that RE2 accepts has. */
export function groupCount(source: string): number {
  return RE2JS.compile(source).groupCount();
}

/** A path, or the beginning of one, as it stands in a request target. */
export const path: ValueType<string> = {
  placeholder: "path",
  allowed: "a path that begins with /, percent-encoded, without a query, like /users/list",
  json: { type: "string", pattern: "^/[^\\s?#]*$" },
  parse(value) {
    const parsed = anyText.parse(value);
    if ("problem" in parsed) return parsed;
    const problem = pathProblem(parsed.value);
    return problem === undefined ? parsed : { problem: `${shown(parsed.value)} ${problem}` };
  },
};

function pathProblem(text: string): string | undefined {
  if (!text.startsWith("/")) return "does not begin with /";
  if (text.includes("?")) return "contains a query; match it with queryParams";
  if (text.includes("#")) return "contains a fragment, which never reaches a server";
  return /^[!-~]*$/.test(text) ? undefined : `is no path of a request; write ${encodeURI(text)}`;
}

/** `matching` and then lower case, for names whose case does not count. */
function lowered(type: ValueType<string>): ValueType<string> {
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
/** RFC 9110 §5.5: no control characters but the tab, no space at the ends. */
const FIELD_VALUE = /^(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?$/;
const HOST_AND_PORT = /^(?:\[[\da-fA-F:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?::\d{1,5})?$/;
const HOST_PATTERN = /^(?:\*|(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[\da-fA-F:.]+\])$/;

export const headerName = matching("header name", "a header name, like x-request-id", TOKEN);
export const headerValue = matching(
  "header value",
  "a text without line breaks and without spaces at its ends",
  FIELD_VALUE,
);
/** Cookies and query parameters that decide something. */
export const keyName = matching("name", "a name without spaces, = ; and &", /^[^\s=;&]+$/);
/** What stands in a Host field. */
export const authority = lowered(
  matching("host", "a host name, with a port or without, like api.example:8080", HOST_AND_PORT),
);
/** Requests for which a route is there. */
export const hostPattern = lowered(
  matching("host", "a host name without port, *.suffix, or *, like api.example or *.example", HOST_PATTERN),
);
export const loweredText = lowered(anyText);
export const exactMethod = method;
