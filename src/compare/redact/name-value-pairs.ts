import { isSensitiveEncodedName } from "../../secrets/sensitive-names.ts";
import { Duplicates } from "../tree/json-tree.ts";

/** Members, attributes and elements that name what their neighbor holds. */
const NAMES =
  /^[$@]?(?:name|key|k|id|header|headername|field|fieldname|parameter|param|property|label|title|type|kind|attr|attribute|variable|event|column|setting|option|question|for|http-equiv|itemprop|autocomplete|aria-label|placeholder|data-(?:[\w-]{0,20}-)?(?:name|key|field|label|title|th|header|heading|column)|(?:param(?:eter)?|option|variable|property|attribute|setting|column|input|env)[-_]?(?:name|key|type|path))$/i;
/** Members that name it by the way to it: `{"loc": ["body", "password"], "input": "S"}`, `{"path": "/password", "value": "S"}`. */
const WAYS = /^(?:loc|location|path|pointer|(?:property|instance|data|json|field)[-_]?path)$/i;
const VALUE_AT_WAY = /^(?:value|input|received|actual|(?:rejected|invalid|old|new|actual)[-_]?value)$/i;
/** Members, attributes and elements that hold what their neighbor names. */
const VALUES =
  /(?:^|[-_.:$@])(?:v|val|values?|content|contents|data|text|string|default|current|raw|literal|body|plain|old|new|before|after|from|to|input|was|is|result|answer|rendered|payload|args|arguments|params|received|actual|example)$|(?:Value|Content|Text|Data|String|Setting)s?$|^(?:old|new|string|default|raw|current)[_A-Z]?\w{0,20}$/i;
const MAX_NAME_CHARS = 100;
/** A larger object or array is data, not a name. */
const MAX_NESTED = 10;

/** Whether a member of this key names what its neighbor holds, as in `{"name": "password", "value": "S"}`. */
export function isPairName(key: string): boolean {
  return NAMES.test(key);
}

/** Whether a member of this key holds what its neighbor names. */
export function isPairValue(key: string): boolean {
  return VALUES.test(key);
}

/** Whether an object names a secret in one of its own members. */
export function namesSecret(object: Readonly<Record<string, unknown>>): boolean {
  for (const key in object) {
    if (isPairName(key) && mentionsSecret(object[key], 1)) return true;
  }
  return namesSecretWay(object);
}

function namesSecretWay(object: Readonly<Record<string, unknown>>): boolean {
  const keys = Object.keys(object);
  return keys.some((key) => VALUE_AT_WAY.test(key)) && keys.some((key) => WAYS.test(key) && isSecretWay(object[key]));
}

function isSecretWay(way: unknown): boolean {
  return mentionsSecret(way, 0) || (Array.isArray(way) && way.length <= MAX_NESTED && way.some(isSecretWay));
}

/** A name, or an object that has one: `{"param": {"name": "password"}, "value": "S"}`. */
function mentionsSecret(name: unknown, depth: number): boolean {
  if (typeof name === "string") return name.length <= MAX_NAME_CHARS && isSensitiveEncodedName(name);
  if (name instanceof Duplicates) return name.values.some((value) => mentionsSecret(value, depth));
  if (typeof name !== "object" || name === null || Array.isArray(name) || depth === 0) return false;
  const members = Object.entries(name);
  return (
    members.length <= MAX_NESTED &&
    members.some(([key, value]) => (isPairName(key) || isPairValue(key)) && mentionsSecret(value, depth - 1))
  );
}
