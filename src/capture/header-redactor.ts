import { LRUCache } from "lru-cache";
import { mergeSpans, replaceSpans } from "../lib/text-spans.ts";
import type { RawHeaders } from "../model/capture.ts";
import { credentialSpans } from "../secrets/credential-shapes.ts";
import { maskCookieAttribute } from "../secrets/cookie-attributes.ts";
import { fingerprint } from "../secrets/fingerprint.ts";
import { pathSecretSpans } from "../secrets/secret-paths.ts";
import { tokenClaims } from "../secrets/token-claims.ts";
import { holdsSecret, isSensitiveEncodedName, isSensitiveName } from "../secrets/sensitive-names.ts";

/** Separates the `name=value` pairs of URLs and header fields. */
const BETWEEN_PAIRS = /([?&;,#\s"'<>]+)/;
/** Separates the parameters of a request target. */
const BETWEEN_PARAMETERS = /([?&;#]+)/;
/** Binary metadata of gRPC in Base64: it may contain anything. */
const BINARY_METADATA = /-bin$/i;
const WEB_SOCKET_PROTOCOLS = /^sec-websocket-protocol$/i;
const SET_COOKIE = /^set-cookie2?$/i;
/** A field that holds cookies, such as `Cookie`, `Cookie2` or `X-Original-Cookie`. */
const COOKIE_FIELD = /(?:^|-)cookie2?$/i;

/** What a field contains, by its name. */
type FieldContent = "secret" | "cookies" | "set-cookie" | "protocols" | "text";
/** Cached results, because messages repeat the same names and clients can invent others. */
const KNOWN_FIELDS = new LRUCache<string, FieldContent>({ max: 1_000 });

/** Replaces secrets in header fields and request targets by keyed fingerprints: equal secrets stay equal. */
export class HeaderRedactor {
  readonly #key: Uint8Array;
  #claims: readonly string[] = [];

  /** @param key created for each run, the same for all threads */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** Sets which claims are read from tokens, whose values may be stored unless they look like secrets. */
  setClaims(names: readonly string[]): void {
    this.#claims = names;
  }

  /** What the tokens of a request claim, before they are replaced. @returns see `Exchange.claims` */
  claims(raw: RawHeaders): RawHeaders {
    return tokenClaims(raw, this.#claims);
  }

  headers(raw: RawHeaders): RawHeaders {
    if (raw.length === 0) return raw;
    const clean: string[] = [];
    for (let index = 0; index < raw.length; index += 2) {
      const name = raw[index] ?? "";
      clean.push(name, this.#value(name, raw[index + 1] ?? ""));
    }
    return clean;
  }

  /** @param target in origin form: secrets are in the path, in its parameters, and in the query */
  target(target: string): string {
    const query = target.search(/[?#]/);
    const path = query === -1 ? target : target.slice(0, query);
    const clean = this.#path(path) + (query === -1 ? "" : target.slice(query));
    return clean.includes("=") ? this.#pairs(clean, BETWEEN_PARAMETERS) : clean;
  }

  #value(name: string, value: string): string {
    switch (contentOf(name)) {
      case "secret":
        return this.#hide(value);
      case "set-cookie":
        return this.#setCookie(value);
      case "cookies":
        return value
          .split(";")
          .map((pair) => this.#cookiePair(pair))
          .join(";");
      case "protocols":
        // Browsers cannot send other fields, so applications put credentials into the list of protocols.
        if (isSensitiveName(value)) return this.#hide(value);
        break;
      case "text":
        break;
    }
    return this.#text(value);
  }

  #text(value: string): string {
    const clean = value.includes("/") ? this.#path(value) : value;
    return clean.includes("=") || clean.includes("@") ? this.#pairs(clean) : clean;
  }

  #path(text: string): string {
    return replaceSpans(text, pathSecretSpans(text), (segment) => this.#hide(segment));
  }

  #setCookie(value: string): string {
    const [pair = "", ...attributes] = value.split(";");
    return [this.#cookiePair(pair), ...attributes.map((attribute) => this.#cookieAttribute(attribute))].join(";");
  }

  #cookieAttribute(attribute: string): string {
    return maskCookieAttribute(
      attribute,
      (text) => this.#path(text),
      (text) => this.#hide(text),
    );
  }

  /** White space around the value is no part of it (RFC 6265 §5.2). */
  #cookiePair(pair: string): string {
    const equals = pair.indexOf("=");
    if (equals === -1) return pair.trim() === "" ? pair : this.#hide(pair);
    return `${pair.slice(0, equals + 1)}${this.#hide(pair.slice(equals + 1).trim())}`;
  }

  #pairs(text: string, between = BETWEEN_PAIRS): string {
    let found = false;
    const visible = text.includes("@") ? this.#credentials(text) : text;
    const clean = visible
      // Split first: one expression for a whole pair would take quadratic time on a long text without one.
      .split(between)
      .map((part) => {
        const equals = part.indexOf("=");
        if (equals === -1 || !holdsSecret(part.slice(0, equals), part.slice(equals + 1))) return part;
        found = true;
        return `${part.slice(0, equals + 1)}${this.#hide(part.slice(equals + 1))}`;
      })
      .join("");
    // A quoted value may contain separators, so its pieces prove nothing.
    return found && text.includes('"') ? this.#hide(text) : clean;
  }

  #credentials(text: string): string {
    return replaceSpans(text, mergeSpans(credentialSpans(text)), (credential) => this.#hide(credential));
  }

  #hide(value: string): string {
    return value === "" ? value : fingerprint(this.#key, value);
  }
}

function contentOf(name: string): FieldContent {
  let content = KNOWN_FIELDS.get(name);
  if (content === undefined) {
    content = classifyField(name);
    KNOWN_FIELDS.set(name, content);
  }
  return content;
}

function classifyField(name: string): FieldContent {
  if (BINARY_METADATA.test(name)) return "secret";
  if (!isSensitiveEncodedName(name)) return WEB_SOCKET_PROTOCOLS.test(name) ? "protocols" : "text";
  if (!COOKIE_FIELD.test(name)) return "secret";
  return SET_COOKIE.test(name) ? "set-cookie" : "cookies";
}
