import { isSensitiveName } from "../../secrets/sensitive-names.ts";
import { isDataKey } from "./dynamic-keys.ts";
import type { RuleScope } from "../rules/rule-scope.ts";
import { isSecretKey } from "../redact/secret-masker.ts";

const MAX_KEY_CHARS = 100;
const MAX_PATH_CHARS = 1_000;
/** The sign begins what stands for an attribute of markup. */
const IDENTIFIER = /^[@A-Za-z_$][\w$]*$/;

/** One shape path, shared by all places that have it. Holds no secret: dangerous keys are written as `{*}`, as keys that are data. */
export class BodyPath {
  readonly text: string;
  /** Somewhere above is a name whose values are credentials. */
  readonly sensitive: boolean;
  /** The rules that hold here or below; undefined when there are none. */
  readonly scope: RuleScope | undefined;
  readonly #members = new Map<string, BodyPath>();
  readonly #byText = new Map<string, BodyPath>();
  #element: BodyPath | undefined;
  /** The same shape where it holds a secret. */
  #secret: BodyPath | undefined;

  constructor(text: string, sensitive: boolean, scope: RuleScope | undefined) {
    this.text = text;
    this.sensitive = sensitive;
    this.scope = scope;
  }

  /** The shape of every element of an array here. */
  element(): BodyPath {
    this.#element ??= this.#grow("[*]", this.sensitive);
    return this.#element;
  }

  /**
   * @param isData whatever its form: its neighbours say so
   * @param secret whatever its key: a neighbour says so
   */
  member(key: string, isData = false, secret = false): BodyPath {
    const member = isData ? this.#named("{*}", key) : this.#member(key);
    if (!secret || member.sensitive) return member;
    member.#secret ??= new BodyPath(member.text, true, member.scope);
    return member.#secret;
  }

  #member(key: string): BodyPath {
    const known = this.#members.get(key);
    if (known !== undefined) return known;
    const hidden = isDataKey(key) || isSecretKey(key, this.sensitive);
    const shape = this.#named(hidden ? "{*}" : memberText(key), key);
    this.#members.set(key, shape);
    return shape;
  }

  /** Keys that are shown alike, as data and long ones with one beginning, share a shape, but secrets with secrets alone. */
  #named(text: string, key: string): BodyPath {
    const sensitive = this.sensitive || isSensitiveName(key);
    const name = `${sensitive ? "!" : ""}${text}`;
    const known = this.#byText.get(name);
    if (known !== undefined) return known;
    const shape = this.#grow(text, sensitive);
    this.#byText.set(name, shape);
    return shape;
  }

  #grow(text: string, sensitive: boolean): BodyPath {
    const room = this.text.length + text.length <= MAX_PATH_CHARS;
    if (room) return new BodyPath(this.text + text, sensitive, this.scope?.child(text));
    return new BodyPath(clip(this.text), sensitive, this.scope);
  }
}

function memberText(key: string): string {
  const short = key.length > MAX_KEY_CHARS ? `${key.slice(0, MAX_KEY_CHARS)}…` : key;
  if (IDENTIFIER.test(short)) return `.${short}`;
  // JSON's escapes for controls and lone surrogates; single quotes instead of double ones (RFC 9535 §2.3.1.1).
  const inner = JSON.stringify(short).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `['${inner}']`;
}

function clip(path: string): string {
  return path.endsWith("…") ? path : `${path}…`;
}
