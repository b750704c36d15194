import { isSensitiveName } from "../lib/sensitive.ts";
import type { DifferenceKind } from "../model/difference.ts";
import { isSecretKey } from "./secrets.ts";

/** Below this depth a subtree is compared as a whole and its path ends with `…`. */
export const MAX_DEPTH = 100;
const MAX_KEY_CHARS = 100;
const MAX_PATH_CHARS = 1_000;
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** One shape path, shared by all places that have it. Holds no secret: dangerous keys are written as `{*}`. */
class Shape {
  readonly text: string;
  /** Somewhere above is a name whose values are credentials. */
  readonly sensitive: boolean;
  /** The kinds of difference that were found here. */
  readonly kinds: Set<DifferenceKind>;
  readonly #members = new Map<string, Shape>();
  readonly #byText = new Map<string, Shape>();
  #element: Shape | undefined;
  /** The same shape where it holds a secret. */
  #secret: Shape | undefined;

  constructor(text: string, sensitive: boolean, kinds = new Set<DifferenceKind>()) {
    this.text = text;
    this.sensitive = sensitive;
    this.kinds = kinds;
  }

  /** The shape of every element of an array here. */
  element(): Shape {
    this.#element ??= this.#grow("[*]", this.sensitive);
    return this.#element;
  }

  /** @param secret whatever its key: a neighbour says so */
  member(key: string, secret: boolean): Shape {
    const member = this.#member(key);
    if (!secret || member.sensitive) return member;
    member.#secret ??= new Shape(member.text, true, member.kinds);
    return member.#secret;
  }

  #member(key: string): Shape {
    const known = this.#members.get(key);
    if (known !== undefined) return known;
    // Keys that must not be shown, and long ones with one beginning, share a shape.
    const text = isSecretKey(key, this.sensitive) ? "{*}" : memberText(key);
    const shape = this.#byText.get(text) ?? this.#grow(text, this.sensitive || isSensitiveName(key));
    this.#members.set(key, shape);
    this.#byText.set(text, shape);
    return shape;
  }

  #grow(text: string, sensitive: boolean): Shape {
    const room = this.text.length + text.length <= MAX_PATH_CHARS;
    return new Shape(room ? this.text + text : clip(this.text), sensitive);
  }
}

/** Where in two trees: the shape, and the way to it. Array indexes may differ between the sides; these are the primary's. */
export interface Place {
  readonly shape: Shape;
  readonly parent: Place | null;
  readonly key: string | number;
  readonly depth: number;
}

export function rootPlace(): Place {
  return { shape: new Shape("$", false), parent: null, key: "", depth: 0 };
}

/** @param secret whether another member of the same object says that this one is a secret */
export function childPlace(parent: Place, key: string | number, secret = false): Place {
  const shape = typeof key === "number" ? parent.shape.element() : parent.shape.member(key, secret);
  return { shape, parent, key, depth: parent.depth + 1 };
}

/**
 * JSON Pointer (RFC 6901) to a place.
 * @param keyText what a key is called in stored bodies, where dangerous keys are fingerprints
 */
export function pointerTo(place: Place, keyText: (key: string, belowSensitive: boolean) => string): string {
  const tokens: string[] = [];
  for (let at = place; at.parent !== null; at = at.parent) {
    tokens.push(typeof at.key === "number" ? `${at.key}` : escapeToken(keyText(at.key, at.parent.shape.sensitive)));
  }
  return tokens
    .toReversed()
    .map((token) => `/${token}`)
    .join("");
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
