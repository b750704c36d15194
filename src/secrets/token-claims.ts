/** The parts of a signed JSON Web Token (RFC 7519) that are read: its header begins with `{"`, encoded. */
const TOKEN = /\beyJ[\w-]{6,}\.([\w-]{2,})\./g;
/** Fields that hold tokens. */
const TOKEN_FIELDS: ReadonlySet<string> = new Set(["authorization", "cookie"]);
const MAX_TOKENS = 4;
/** Clients send some kilobytes at most. */
const MAX_PAYLOAD_CHARS = 16_384;
/** More would not be kept. */
const MAX_CLAIM_CHARS = 1_024;
const NO_CLAIMS: readonly string[] = [];

/**
 * The claims of the JSON Web Tokens in Authorization and Cookie. Signatures are not verified: a claim is what the client said.
 * @param raw header fields as received, names and values alternately
 * @param wanted names of claims; others are not read
 * @returns names and texts, alternately. Of a list, its elements; objects are left out. The first token with a claim counts
 */
export function tokenClaims(raw: readonly string[], wanted: readonly string[]): readonly string[] {
  if (wanted.length === 0) return NO_CLAIMS;
  const found = new Map<string, string>();
  for (const payload of payloads(raw)) {
    for (const name of wanted) {
      const text = found.has(name) || !Object.hasOwn(payload, name) ? undefined : claimText(payload[name]);
      if (text !== undefined) found.set(name, text);
    }
  }
  return [...found].flat();
}

function payloads(raw: readonly string[]): Record<string, unknown>[] {
  const all: Record<string, unknown>[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name = "", value = ""] = [raw[at], raw[at + 1]];
    if (!TOKEN_FIELDS.has(name.toLowerCase()) || !value.includes("eyJ")) continue;
    for (const [, encoded = ""] of value.matchAll(TOKEN)) {
      const payload = encoded.length <= MAX_PAYLOAD_CHARS ? payloadOf(encoded) : undefined;
      if (payload !== undefined) all.push(payload);
      if (all.length === MAX_TOKENS) return all;
    }
  }
  return all;
}

function payloadOf(encoded: string): Record<string, unknown> | undefined {
  try {
    const payload: unknown = JSON.parse(Buffer.from(encoded, "base64url").toString());
    const isObject = typeof payload === "object" && payload !== null && !Array.isArray(payload);
    return isObject ? (payload as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function claimText(value: unknown): string | undefined {
  const texts = (Array.isArray(value) ? (value as unknown[]) : [value]).filter(isScalar).map(String);
  return texts.length === 0 ? undefined : texts.join(", ").slice(0, MAX_CLAIM_CHARS);
}

function isScalar(value: unknown): value is string | number | boolean | null {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}
