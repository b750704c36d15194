import { isSensitiveName } from "../../secrets/sensitive-names.ts";
import { isDataKey } from "./dynamic-keys.ts";
import type { RuleScope } from "../rules/rule-scope.ts";
import { isSecretKey } from "../redact/secret-masker.ts";

/** Below this depth a subtree is compared as a whole and its path ends with `…`. */
export const MAX_DEPTH = 100;
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

/** Where in two trees: the shape, and the way to it in each. */
export interface TreePosition {
  readonly shape: BodyPath;
  readonly parent: TreePosition | null;
  /** In the primary; where it has nothing, the candidate's. */
  readonly key: string | number;
  /** In the candidate: another one for elements that stand elsewhere. */
  readonly other: string | number;
  readonly depth: number;
}

export function rootPosition(scope: RuleScope | undefined): TreePosition {
  return { shape: new BodyPath("$", false, scope), parent: null, key: "", other: "", depth: 0 };
}

export function childPosition(parent: TreePosition, shape: BodyPath, key: string | number, other: string | number = key): TreePosition {
  return { shape, parent, key, other, depth: parent.depth + 1 };
}

/**
 * JSON Pointer (RFC 6901) to a place.
 * @param side the tree that it leads through
 * @param keyText what a key is called in stored bodies, where dangerous keys are fingerprints
 */
export function jsonPointer(
  place: TreePosition,
  side: "primary" | "candidate",
  keyText: (key: string, belowSensitive: boolean) => string,
): string {
  const tokens: string[] = [];
  for (let at = place; at.parent !== null; at = at.parent) {
    const key = side === "primary" ? at.key : at.other;
    tokens.push(typeof key === "number" ? `${key}` : escapeToken(keyText(key, at.parent.shape.sensitive)));
  }
  return tokens
    .toReversed()
    .map((token) => `/${token}`)
    .join("");
}

/** Members and indexes from the root to a place. */
export function keysTo(place: TreePosition, side: "primary" | "candidate"): (string | number)[] {
  const way: (string | number)[] = [];
  for (let at = place; at.parent !== null; at = at.parent) way.push(side === "primary" ? at.key : at.other);
  return way.toReversed();
}

/** One reference token of a JSON Pointer (RFC 6901 §3). */
export function escapeToken(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
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
