import { HeaderRedactor } from "../../capture/header-redactor.ts";
import { createRedactor, type Redactor } from "../../compare/redact/redactor.ts";
import { unreachable } from "../../lib/unreachable.ts";
import type { RawHeaders } from "../../model/capture.ts";
import type { RequestPart } from "../../model/isolate/isolation.ts";
import type { ProbeRequest } from "../../model/isolate/probe.ts";
import { isSensitiveName } from "../../secrets/sensitive-names.ts";
import type { ClearPart } from "../request/clear-part.ts";

/** A request as it can be shown and stored: secrets are fingerprints. */
export interface MaskedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: RawHeaders;
  /** Null without a body, and for one that is no text, has a null character, or is too long to show. */
  readonly body: string | null;
  readonly hasBody: boolean;
}

const MAX_SHOWN_BODY_BYTES = 64 * 1024;
const REDACTED = /(\[redacted:[^\]]{0,20}\])/;
const MAX_VALUE_CHARS = 200;

/** Replaces the secrets of requests by fingerprints. */
export class RequestMasker {
  readonly #fields: HeaderRedactor;
  readonly #redactor: Redactor;

  /** @param key random, and never stored */
  constructor(key: Uint8Array) {
    this.#fields = new HeaderRedactor(key);
    this.#redactor = createRedactor(key);
  }

  request({ method, target, headers, body }: ProbeRequest): MaskedRequest {
    const fields = this.#fields.headers(headers);
    return {
      method,
      target: this.#text(this.#fields.target(target)),
      headers: fields.map((text, index) => (index % 2 === 0 ? text : this.#text(text))),
      body: body === null ? null : this.#body(body),
      hasBody: body !== null,
    };
  }

  /** A part with another value. @param target of the request that it belongs to: what is secret in a path depends on all of it */
  part({ kind, name }: ClearPart, value: string, target: string): RequestPart {
    return { kind, name: shorten(this.#redactor.text(name)), value: shorten(this.#value(kind, name, value, target)) };
  }

  #value(kind: RequestPart["kind"], name: string, value: string, target: string): string {
    switch (kind) {
      case "cookie":
        return this.#redactor.whole(value);
      case "header": {
        const [, masked = ""] = this.#fields.headers([name, value]);
        return this.#text(masked);
      }
      case "query": {
        const masked = this.#fields.target(`/?${name}=${value}`);
        return this.#text(masked.slice(masked.indexOf("=") + 1));
      }
      case "path": {
        const isShown = this.request({ method: "", target, headers: [], body: null })
          .target.split(/[/?]/)
          .includes(value);
        return isShown ? value : this.#redactor.whole(value);
      }
      case "body":
        return isSensitiveName(name) ? this.#redactor.whole(value) : this.#redactor.text(value);
    }
    return unreachable(kind);
  }

  /** Masks what is between fingerprints. */
  #text(text: string): string {
    return text
      .split(REDACTED)
      .map((piece, index) => (index % 2 === 0 ? this.#redactor.text(piece) : piece))
      .join("");
  }

  #body(bytes: Uint8Array): string | null {
    if (bytes.length > MAX_SHOWN_BODY_BYTES) return null;
    const text = Buffer.from(bytes).toString("utf8");
    if (!Buffer.from(text).equals(bytes) || text.includes("\0")) return null;
    const masked = this.#redactor.text(text);
    return masked === text && /^[^\s{[]+=/.test(text) ? this.#fields.target(`/?${text}`).slice(2) : masked;
  }
}

function shorten(text: string): string {
  return text.length > MAX_VALUE_CHARS ? `${text.slice(0, MAX_VALUE_CHARS)}…` : text;
}
