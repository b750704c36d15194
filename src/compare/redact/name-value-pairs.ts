import { isSensitiveEncodedName } from "../../secrets/sensitive-names.ts";

/** Members, attributes and elements that name what their neighbor holds. */
const NAMES =
  /^[$@]?(?:name|key|k|id|header|headername|field|fieldname|parameter|param|property|label|title|type|attribute|variable|event|column|setting|option|for|http-equiv|itemprop|aria-label|placeholder|data-(?:name|key|field|label))$/i;
/** Members, attributes and elements that hold what their neighbor names. */
const VALUES =
  /(?:^|[-_.:$@])(?:v|val|values?|content|contents|data|text|string|default|current|raw|literal|body|plain|old|new|before|after|from|to|input|was|is)$|(?:Value|Content|Text|Data|String)s?$|^(?:old|new|string|default|raw|current)[_A-Z]?\w{0,20}$/i;
const MAX_NAME_CHARS = 100;

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
    const name = object[key];
    if (typeof name === "string" && name.length <= MAX_NAME_CHARS && isPairName(key) && isSensitiveEncodedName(name)) {
      return true;
    }
  }
  return false;
}
