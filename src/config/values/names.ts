import { SUBSET_NAME } from "./addresses.ts";
import { shown, type Parsed, type ValueType } from "./value-type.ts";

/** A name of a subset or route. */
export const name: ValueType<string> = matching(
  "name",
  "letters, digits, dot, dash and underscore, at most 63",
  SUBSET_NAME,
);

/** RFC 9110 §5.6.2, §9.1: a method is a token, and its case counts; the ones that exist are in capitals. */
export const method: ValueType<string> = matching("method", "a method in capitals, like GET or POST", /^[A-Z][A-Z-]*$/);

/** A path template that gathers requests under one endpoint, `/users/{name}/orders`, with a method before it or without. */
export const pathTemplate: ValueType<string> = matching(
  "template",
  "a path template, like /users/{name}/orders or GET /users/{name}/orders",
  /^(?:[A-Z-]+ +)?\/[^\s?#]*$/,
);

const SQLITE = "sqlite:";
const SCHEME = /^[a-z][a-z\d+.-]+:(?!\\)/i;

/** The file of the SQLite database: `sqlite:./shadowdiff.db`, or the path alone. */
export const storePath: ValueType<string> = {
  placeholder: "store",
  allowed: "sqlite:PATH, or a path, like sqlite:./shadowdiff.db",
  json: { type: "string", pattern: String.raw`\S` },
  parse(value) {
    if (typeof value !== "string" || value.trim() === "") return { problem: `${shown(value)} is no store` };
    const path = value.startsWith(SQLITE) ? value.slice(SQLITE.length).replace(/^\/\/(?=\/)/, "") : value;
    if (path === "" || path.includes("\0")) return { problem: `${shown(value)} names no file` };
    if (path === ":memory:") return { problem: "the store must be a file: several threads open it" };
    // The value is not shown: it may hold the password of a database.
    if (SCHEME.test(path)) return { problem: `this version stores in SQLite, not in "${path.split(":", 1)[0]}"` };
    return { value: path };
  },
};

/** Text of which each value fits a pattern. @param placeholder names it in errors, `"x" is no name` */
export function matching(placeholder: string, allowed: string, pattern: RegExp): ValueType<string> {
  return {
    placeholder,
    allowed,
    json: { type: "string", pattern: pattern.source },
    parse: (value): Parsed<string> =>
      typeof value === "string" && pattern.test(value)
        ? { value }
        : { problem: `${shown(value)} is no ${placeholder}` },
  };
}
