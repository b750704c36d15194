import { decodedHeader } from "../../secrets/decoded-header.ts";
import { isSensitiveEncodedName, isSensitiveLabel } from "../../secrets/sensitive-names.ts";
import { Duplicates, type Json, type JsonObject } from "../tree/json-tree.ts";
import { isPairName, isPairValue, namesSecret } from "./name-value-pairs.ts";

/** What the position of a value in a tree says about it. */
export interface JsonPosition {
  /** The value, and everything below it, is secret. */
  readonly isSecret: boolean;
  /** The positions of secrets in the arrays below, as named by a title or a neighbor. */
  readonly columns: ReadonlySet<number> | undefined;
}

export const ROOT_POSITION: JsonPosition = { isSecret: false, columns: undefined };
const SECRET: JsonPosition = { isSecret: true, columns: undefined };
/** Arrays of more elements are lists of data, not of names. */
const MAX_NAMES = 1_000;
const MAX_NAME_CHARS = 100;

/** The positions of the members or elements of one container. Examines the container once. */
export interface ChildPositions {
  of(key: string | number): JsonPosition;
}

/** The one policy for trees: which values are secret by the names above and next to them. */
export function childPositions(container: Json[] | JsonObject, position: JsonPosition): ChildPositions {
  if (position.isSecret) return { of: () => SECRET };
  return Array.isArray(container) ? elementPositions(container, position) : memberPositions(container, position);
}

/** All of them, whatever their names: `{"cookies": {"sid": "S"}}`. */
const COOKIES = /^(?:request|response|set)?[-_]?cookies$/i;
/** Private members of a JSON Web Key (RFC 7518 §6). */
const PRIVATE_KEY_MEMBER = /^(?:d|p|q|dp|dq|qi|k|oth)$/;

function memberPositions(object: JsonObject, position: JsonPosition): ChildPositions {
  const isPair = namesSecret(object) || hasSecretDisposition(object);
  const keys = isPair ? Object.keys(object) : [];
  const columns = titledColumns(object, 1) ?? position.columns;
  const isWebKey = Object.hasOwn(object, "kty");
  const plain = columns === undefined ? ROOT_POSITION : { isSecret: false, columns };
  return {
    of: (key) => {
      const name = String(key);
      if (isSensitiveEncodedName(name) || (isWebKey && PRIVATE_KEY_MEMBER.test(name))) return SECRET;
      if (COOKIES.test(name) && typeof object[name] === "object") return SECRET;
      // The only other member is the value, whatever it is called.
      if (isPair && (isPairValue(name) || (keys.length === 2 && !isPairName(name)))) return SECRET;
      return plain;
    },
  };
}

/** Fields of a part that can name it, and lines that are no fields. */
const PART_NAMES = ["content-disposition", "content-type", "content-id", "content-description", "$odd"] as const;

function valuesOf(value: Json | undefined): readonly Json[] {
  if (value instanceof Duplicates) return value.values;
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}

function isSensitiveHeader(value: Json): boolean {
  return typeof value === "string" && (isSensitiveEncodedName(value) || isSensitiveEncodedName(decodedHeader(value)));
}

/** A part of a multipart body whose header names it: `Content-Disposition: attachment; name="password"`. */
function hasSecretDisposition(object: JsonObject): boolean {
  const headers = object["headers"];
  if (typeof headers !== "object" || headers === null || Array.isArray(headers)) return false;
  return PART_NAMES.some((name) => valuesOf((headers as JsonObject)[name]).some(isSensitiveHeader));
}

/** `{"columns": ["id", "password"], "rows": [[1, "S"]]}`: a list of titles names the positions in its neighbors. */
function titledColumns(object: JsonObject, depth: number): ReadonlySet<number> | undefined {
  let columns: Set<number> | undefined;
  for (const key in object) {
    const titles = object[key];
    if (depth > 0 && isTitles(key, titles)) {
      const nested = titledColumns(titles, depth - 1);
      if (nested !== undefined) columns = new Set([...(columns ?? []), ...nested]);
    }
    if (!Array.isArray(titles) || titles.length > MAX_NAMES) continue;
    for (const [at, title] of titles.entries()) {
      if (isSensitiveTitle(title)) columns = (columns ?? new Set()).add(at);
    }
  }
  return columns;
}

/** `{"schema": {"fields": [{"name": "password"}]}, "data": [["S"]]}` */
function isTitles(key: string, value: Json | undefined): value is JsonObject {
  const isObject =
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Duplicates);
  return isObject && /^(?:schema|meta(?:data)?|headers?|head|columns|fields|definition)$/i.test(key);
}

function isSensitiveTitle(title: Json): boolean {
  if (typeof title === "string") return title.length <= MAX_NAME_CHARS && isSensitiveLabel(title);
  const isObject =
    typeof title === "object" && title !== null && !Array.isArray(title) && !(title instanceof Duplicates);
  return isObject && namesSecret(title as JsonObject) && !Object.keys(title).some(isPairValue);
}

function elementPositions(array: readonly Json[], { columns }: JsonPosition): ChildPositions {
  const secret = secretElements(array, columns);
  const rows = columns ?? rowColumns(array);
  const plain = rows === undefined ? ROOT_POSITION : { isSecret: false, columns: rows };
  return { of: (key) => (secret?.has(Number(key)) === true ? SECRET : plain) };
}

/** `["Authorization", "S"]`, and `["Host", "h", "Cookie", "S"]`: an element names the next one. */
function secretElements(
  array: readonly Json[],
  columns: ReadonlySet<number> | undefined,
): ReadonlySet<number> | undefined {
  // Rows: their cells are examined one by one.
  if (array.length > 0 && array.every((element) => Array.isArray(element))) return undefined;
  const secret = new Set<number>();
  for (const column of columns ?? []) {
    const cell = array[column];
    // The titles themselves stay.
    if (cell !== undefined && !isSensitiveTitle(cell)) secret.add(column);
  }
  const isNames = array.length !== 2 && array.every(isPlainName) && !array.some(isHeaderName);
  if (array.length <= MAX_NAMES && !isNames) {
    for (const [at, element] of array.entries()) {
      if (typeof element !== "string" || secret.has(at) || !isSensitiveTitle(element)) continue;
      secret.add(at + 1);
      // `["password", "string", "S"]`
      if (at === 0 && array.length === 3) secret.add(2);
    }
  }
  return secret.size === 0 ? undefined : secret;
}

/** Fields of a message as a flat list, as in Node's `rawHeaders`. */
function isHeaderName(element: Json): boolean {
  return (
    typeof element === "string" &&
    /^(?:host|accept|accept-[a-z]+|user-agent|content-[a-z]+|authorization|(?:set-)?cookie|x-[a-z-]+)$/i.test(element)
  );
}

/** A list of names, as the required members of a schema. */
function isPlainName(element: Json): boolean {
  return typeof element === "string" && /^[A-Za-z]+(?:[-_. ][A-Za-z]+)*$/.test(element);
}

/** `[["id", "password"], [1, "S"]]`: the first row names the columns. */
function rowColumns(array: readonly Json[]): ReadonlySet<number> | undefined {
  const [titles] = array;
  if (!Array.isArray(titles) || array.length < 2 || titles.length > MAX_NAMES) return undefined;
  // A pair among pairs, and not a row of titles.
  if (titles.length === 2 && isSensitiveTitle(titles[0] as Json) && !isPlainName(titles[1] as Json)) return undefined;
  const columns = titles.flatMap((title, at) => (isSensitiveTitle(title) ? [at] : []));
  return columns.length === 0 ? undefined : new Set(columns);
}
