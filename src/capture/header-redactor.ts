import { fingerprint, holdsSecret, isSensitiveName } from "../secrets/sensitive-names.ts";
import type { RawHeaders } from "../model/capture.ts";

/** Header names that were looked at before; clients may invent names, so there is an end to it. */
const MAX_KNOWN_NAMES = 1_000;
/** What stands between the `name=value` pairs of URLs and header fields. */
const BETWEEN_PAIRS = /([?&;,#\s"'<>]+)/;
/** What stands between the parameters of a request's target. */
const BETWEEN_PARAMETERS = /([?&;#]+)/;
const USER_INFO = /\/\/[^/@\s]*@/g;
/** RFC 6265 §4.1.1 and its successors: attributes that say nothing secret. */
const COOKIE_ATTRIBUTE = /^(?:path|domain|expires|max-age|samesite|priority)=|^(?:httponly|secure|partitioned)$/i;

/** Replaces secrets in header fields and request targets by keyed fingerprints: equal secrets stay equal. */
export class Redactor {
  readonly #key: Uint8Array;
  readonly #known = new Map<string, boolean>();

  /** @param key made anew for each run, the same for all threads */
  constructor(key: Uint8Array) {
    this.#key = key;
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

  /** Origin form: what is in the query and in path parameters. */
  target(target: string): string {
    return target.includes("=") ? this.#pairs(target, BETWEEN_PARAMETERS) : target;
  }

  #value(name: string, value: string): string {
    if (!this.#isSensitive(name)) return value.includes("=") || value.includes("@") ? this.#pairs(value) : value;
    switch (name.toLowerCase()) {
      case "cookie":
        return value
          .split(";")
          .map((pair) => this.#cookiePair(pair))
          .join(";");
      case "set-cookie":
        return this.#setCookie(value);
      default:
        return this.#hide(value);
    }
  }

  #isSensitive(name: string): boolean {
    let known = this.#known.get(name);
    if (known === undefined) {
      known = isSensitiveName(name);
      if (this.#known.size < MAX_KNOWN_NAMES) this.#known.set(name, known);
    }
    return known;
  }

  #setCookie(value: string): string {
    const [pair = "", ...attributes] = value.split(";");
    const clean = attributes.map((attribute) =>
      COOKIE_ATTRIBUTE.test(attribute.trim()) || attribute.trim() === ""
        ? attribute
        : ` ${this.#hide(attribute.trim())}`,
    );
    return [this.#cookiePair(pair), ...clean].join(";");
  }

  #cookiePair(pair: string): string {
    const equals = pair.indexOf("=");
    if (equals === -1) return pair.trim() === "" ? pair : this.#hide(pair);
    return `${pair.slice(0, equals + 1)}${this.#hide(pair.slice(equals + 1))}`;
  }

  #pairs(text: string, between = BETWEEN_PAIRS): string {
    let found = false;
    const clean = text
      .replace(USER_INFO, (info) => `//${this.#hide(info.slice(2, -1))}@`)
      // Split first: one expression for a whole pair would take quadratic time on a long text without one.
      .split(between)
      .map((part) => {
        const equals = part.indexOf("=");
        if (equals === -1 || !holdsSecret(part.slice(0, equals), part.slice(equals + 1))) return part;
        found = true;
        return `${part.slice(0, equals + 1)}${this.#hide(part.slice(equals + 1))}`;
      })
      .join("");
    // A quoted value may hold separators; then the pieces prove nothing.
    return found && text.includes('"') ? this.#hide(text) : clean;
  }

  #hide(value: string): string {
    return value === "" ? value : fingerprint(this.#key, value);
  }
}
