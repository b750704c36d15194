import type { StoreLocation } from "../../model/store/store-location.ts";
import { SUBSET_NAME } from "./addresses.ts";
import { concealPassword, parsePostgresUrl } from "./postgres-url.ts";
import { describeValue, textMatching, type Parsed, type ValueType } from "./value-type.ts";

const BASE_PATH = /^\/(?:[^\s?#/]+\/?)*$/;

/** The name of a subset or route. */
export const name: ValueType<string> = textMatching(
  "name",
  "letters, digits, dots, dashes and underscores, at most 63 characters",
  SUBSET_NAME,
);

/** RFC 9110 §5.6.2, §9.1: a method is a case-sensitive token; all registered methods are upper case. */
export const method: ValueType<string> = textMatching(
  "method",
  "a method in upper case, like GET or POST",
  /^[A-Z][A-Z-]*$/,
);

/** A path template that groups requests into one endpoint, `/users/{name}/orders`, optionally after a method. */
export const pathTemplate: ValueType<string> = textMatching(
  "template",
  "a path template, like /users/{name}/orders or GET /users/{name}/orders",
  /^(?:[A-Z-]+ +)?\/[^\s?#]*$/,
);

/** A path before other paths, without the slash at its end; empty for `/`. */
export const basePath: ValueType<string> = {
  placeholder: "path",
  allowed: "a path that begins with a slash, like /v1",
  json: { type: "string", pattern: BASE_PATH.source },
  parse: (value) =>
    typeof value === "string" && BASE_PATH.test(value)
      ? { value: value.replace(/\/$/, "") }
      : { problem: `${describeValue(value)} is not a valid path` },
};

const ENDPOINT_PATTERN = /^(?:[A-Z*][A-Z*-]*\s+)?(?:\/\S*|\*\*)$/;

/** One endpoint, or a pattern for several. */
export const endpointPattern: ValueType<string> = {
  placeholder: "endpoint",
  allowed:
    "an endpoint, like GET /users/{id}, or a pattern, like * /users/**: * matches any method or within one segment, ** matches the rest of the path",
  json: { type: "string", pattern: ENDPOINT_PATTERN.source },
  parse(value) {
    const written = typeof value === "string" ? value.trim() : "";
    if (ENDPOINT_PATTERN.test(written)) return { value: written };
    const [, lowerCaseMethod = "", path = ""] = /^([a-z]+)\s+(\/\S*)$/.exec(written) ?? [];
    const hint = lowerCaseMethod === "" ? "" : `; did you mean "${lowerCaseMethod.toUpperCase()} ${path}"?`;
    return { problem: `${describeValue(value)} is not a valid endpoint${hint}` };
  },
};

const SQLITE = "sqlite:";
const POSTGRES = /^postgres(?:ql)?:\/\//i;
/** The other form of a connection string of libpq. */
const KEY_VALUE = /^\s*(?:host|hostaddr|port|dbname|user|password|passfile|service|sslmode)\s*=/;
const SCHEME = /^[a-z][a-z\d+.-]+:(?!\\)/i;

/** A SQLite database file, `sqlite:./shadowdiff.db` or the path alone, or the URL of a PostgreSQL database. */
export const storeLocation: ValueType<StoreLocation> = {
  placeholder: "store",
  allowed: "sqlite:PATH or a path, like sqlite:./shadowdiff.db, or postgres://USER@HOST:PORT/DATABASE",
  json: { type: "string", pattern: String.raw`\S` },
  conceal: concealPassword,
  parse(value): Parsed<StoreLocation> {
    if (typeof value !== "string" || value.trim() === "") {
      return { problem: `${describeValue(value)} is not a valid store` };
    }
    if (POSTGRES.test(value)) return parsePostgresUrl(value.trim());
    // The message omits the value, which can contain the password of a database.
    if (KEY_VALUE.test(value))
      return { problem: "a list of key=value is not supported; write it as a postgres:// URL" };
    const path = value.startsWith(SQLITE) ? value.slice(SQLITE.length).replace(/^\/\/(?=\/)/, "") : value;
    if (path === "" || path.includes("\0")) return { problem: `${describeValue(value)} does not name a file` };
    if (path === ":memory:") return { problem: "the store must be a file, because several threads open it" };
    if (SCHEME.test(path)) {
      return { problem: `unsupported store "${path.split(":", 1)[0]}"; use a SQLite file or postgres://` };
    }
    return { value: { engine: "sqlite", path } };
  },
};
