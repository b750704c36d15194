import { isSensitiveEncodedName } from "../../secrets/sensitive-names.ts";
import { isDataKey } from "./keys/dynamic-keys.ts";
import type { RuleScope } from "../rules/rule-scope.ts";
import { isSecretKey } from "../redact/masker.ts";

const MAX_KEY_CHARS = 100;
const MAX_PATH_CHARS = 1_000;
/** `@` starts the key of a markup attribute. */
const IDENTIFIER = /^[@A-Za-z_$][\w$]*$/;

/**
 * The path of a body field, such as `$.items[*].price`, shared by all positions that have it. Contains no secrets: secret
 * keys are written as `{*}`, like keys that are data.
 */
export class BodyPath {
  readonly text: string;
  /** Whether this key or one above it names a credential. */
  readonly isSensitive: boolean;
  /** The rules for this path and below; undefined when there are none. */
  readonly scope: RuleScope | undefined;
  readonly #members = new Map<string, BodyPath>();
  readonly #byText = new Map<string, BodyPath>();
  #element: BodyPath | undefined;
  /** The same path for values that a neighbor marks as secret. */
  #sensitiveTwin: BodyPath | undefined;

  constructor(text: string, isSensitive: boolean, scope: RuleScope | undefined) {
    this.text = text;
    this.isSensitive = isSensitive;
    this.scope = scope;
  }

  /** Whether the last key is data: this is the path of all values of a map. */
  get isDynamic(): boolean {
    return this.text.endsWith("{*}");
  }

  /** The path of all elements of an array here. */
  element(): BodyPath {
    this.#element ??= this.#append("[*]", this.isSensitive);
    return this.#element;
  }

  /**
   * @param isData the object is a table of data, so the key is data whatever its form
   * @param isSecret a neighbor marks the value as secret
   */
  member(key: string, isData = false, isSecret = false): BodyPath {
    const member = isData ? this.#memberAs("{*}", key) : this.#member(key);
    if (!isSecret || member.isSensitive) return member;
    member.#sensitiveTwin ??= new BodyPath(member.text, true, member.scope);
    return member.#sensitiveTwin;
  }

  #member(key: string): BodyPath {
    const known = this.#members.get(key);
    if (known !== undefined) return known;
    const isHidden = isDataKey(key) || isSecretKey(key, this.isSensitive);
    const path = this.#memberAs(isHidden ? "{*}" : memberText(key), key);
    this.#members.set(key, path);
    return path;
  }

  /** Keys with the same text (data keys, long keys with one prefix) share a path, but sensitive keys only with each other. */
  #memberAs(text: string, key: string): BodyPath {
    const isSensitive = this.isSensitive || isSensitiveEncodedName(key);
    const name = `${isSensitive ? "!" : ""}${text}`;
    const known = this.#byText.get(name);
    if (known !== undefined) return known;
    const path = this.#append(text, isSensitive);
    this.#byText.set(name, path);
    return path;
  }

  #append(text: string, isSensitive: boolean): BodyPath {
    const fits = this.text.length + text.length <= MAX_PATH_CHARS;
    if (fits) return new BodyPath(this.text + text, isSensitive, this.scope?.child(text));
    return new BodyPath(addEllipsis(this.text), isSensitive, this.scope);
  }
}

/** The step of a path to a member: `.name`, or `['a.b']`. */
export function memberText(key: string): string {
  const short = key.length > MAX_KEY_CHARS ? `${key.slice(0, MAX_KEY_CHARS)}…` : key;
  if (IDENTIFIER.test(short)) return `.${short}`;
  // JSON escapes control characters and lone surrogates. The quotes are single ones (RFC 9535 §2.3.1.1).
  const inner = JSON.stringify(short).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `['${inner}']`;
}

function addEllipsis(path: string): string {
  return path.endsWith("…") ? path : `${path}…`;
}
