import { isSensitiveName } from "../../secrets/sensitive-names.ts";

const NAMES: ReadonlySet<string> = new Set(["name", "key", "header", "field", "parameter", "property"]);
const VALUES: ReadonlySet<string> = new Set(["value", "val", "content"]);

/** Whether a member of this key says what its neighbour holds, as in `{"name": "password", "value": "S"}`. */
export function isPairName(key: string): boolean {
  return NAMES.has(key.toLowerCase());
}

/** Whether a member of this key holds what its neighbour names. */
export function isPairValue(key: string): boolean {
  return VALUES.has(key.toLowerCase());
}

/** Whether an object names a secret in one of its own members. Looks at a few keys only. */
export function namesSecret(object: Readonly<Record<string, unknown>>): boolean {
  return SPELLINGS.some((key) => {
    const name = Object.hasOwn(object, key) ? object[key] : undefined;
    return typeof name === "string" && isSensitiveName(name);
  });
}

/** JSON is written in lower case, or with a capital by .NET. */
const SPELLINGS: readonly string[] = [...NAMES].flatMap((name) => [
  name,
  `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
]);
