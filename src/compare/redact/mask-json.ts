import { ExactNumber } from "../tree/exact-number.ts";
import { Duplicates, type Json, type JsonObject } from "../tree/json-tree.ts";
import { endOfString } from "../tree/parse-json.ts";
import { childPositions, ROOT_POSITION, type ChildPositions, type JsonPosition } from "./json-secrets.ts";
import type { Masker } from "./masker.ts";

type Container = Json[] | JsonObject;

/** A scalar in the form in which it can be stored. Booleans and null contain nothing worth hiding. */
function maskScalar(value: Json, { isSecret }: JsonPosition, masker: Masker): Json {
  if (typeof value === "string") return isSecret ? masker.whole(value) : masker.text(value);
  if (!isSecret || typeof value === "boolean" || value === null) return value;
  if (typeof value === "number") return masker.whole(String(value));
  return value instanceof ExactNumber ? masker.whole(value.source) : value;
}

function isContainer(value: Json | undefined): value is Container {
  return (
    typeof value === "object" && value !== null && !(value instanceof ExactNumber) && !(value instanceof Duplicates)
  );
}

/** A copy of a tree with secret values and keys replaced. Without recursion. */
export function maskJsonTree(root: Json, masker: Masker): Json {
  const open: { from: Container; to: Container; position: JsonPosition }[] = [];
  const mask = (value: Json, position: JsonPosition): Json => {
    if (value instanceof Duplicates) return new Duplicates(value.values.map((one) => mask(one, position)));
    if (!isContainer(value)) return maskScalar(value, position, masker);
    const to: Container = Array.isArray(value) ? [] : (Object.create(null) as JsonObject);
    open.push({ from: value, to, position });
    return to;
  };
  const masked = mask(root, ROOT_POSITION);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { from, to, position } = next;
    const positions = childPositions(from, position);
    if (Array.isArray(from))
      for (const [at, value] of from.entries()) (to as Json[]).push(mask(value, positions.of(at)));
    else {
      for (const [key, value] of Object.entries(from)) {
        (to as JsonObject)[masker.key(key, position.isSecret)] = mask(value, positions.of(key));
      }
    }
  }
  return masked;
}

/**
 * One scalar of a tree in the form in which it can be shown, without a copy of the tree.
 * @param way members and indexes from the root to the value
 * @returns undefined when there is no value at the end of the way
 */
export function maskedValueAt(
  root: Json,
  way: readonly (string | number)[],
  value: Json,
  masker: Masker,
): Json | undefined {
  // A way does not say which of several values under one key it refers to, so the names next to each of them count.
  let candidates = valuesOf(root);
  let position = ROOT_POSITION;
  for (const key of way) {
    const parents = candidates.filter((one): one is Container => isContainer(one) && Object.hasOwn(one, key));
    if (parents.length === 0) return undefined;
    const positions = parents.map((parent) => childPositions(parent, position).of(key));
    position = positions.find(({ isSecret }) => isSecret) ?? (positions[0] as JsonPosition);
    candidates = parents.flatMap((parent) => valuesOf((parent as Record<string | number, Json>)[key] as Json));
  }
  return isContainer(value) || value instanceof Duplicates ? value : maskScalar(value, position, masker);
}

function valuesOf(value: Json): readonly Json[] {
  return value instanceof Duplicates ? value.values : [value];
}

interface Frame {
  readonly container: Container | undefined;
  readonly position: JsonPosition;
  readonly children: ChildPositions | undefined;
  /** The key whose value comes next; undefined: a key comes next. */
  key: string | undefined;
  index: number;
  /** Number of values already visited per key, for repeated keys. */
  passed: Map<string, number> | undefined;
}

const SCALAR = /[^\s",:[\]{}]+/y;
const SECRET: JsonPosition = { isSecret: true, columns: undefined };

/** How much of a JSON text is stored. */
export const MAX_JSON_CHARS = 1024 * 1024;

/**
 * JSON text in the form in which it can be stored: secret values and keys are replaced by fingerprints, everything else keeps
 * its spelling. Walks the tokens of the text and its tree side by side. Without recursion.
 * @param text which `parseJson` has read
 * @param root what it returned
 * @param rootPosition what its position in a larger tree says about it
 * @returns the text, or its beginning when it is longer than `MAX_JSON_CHARS`
 */
export function maskJsonText(
  text: string,
  root: Json,
  masker: Masker,
  rootPosition: JsonPosition = ROOT_POSITION,
): string {
  const frames: Frame[] = [];
  const out: string[] = [];
  /** The original text up to this position has been written. */
  let written = 0;
  let at = 0;
  const replace = (end: number, replacement: string): void => {
    out.push(text.slice(written, at), replacement);
    written = end;
  };
  const next = (): { value: Json | undefined; position: JsonPosition } => {
    const frame = frames.at(-1);
    if (frame === undefined) return { value: root, position: rootPosition };
    const { container, children } = frame;
    // Impossible: the tree was parsed from this text.
    if (container === undefined || children === undefined) return { value: undefined, position: SECRET };
    if (Array.isArray(container)) return { value: container[frame.index], position: children.of(frame.index) };
    const key = frame.key ?? "";
    const value = container[key];
    if (!(value instanceof Duplicates)) return { value, position: children.of(key) };
    frame.passed ??= new Map();
    const turn = frame.passed.get(key) ?? 0;
    frame.passed.set(key, turn + 1);
    return { value: value.values[turn], position: children.of(key) };
  };

  while (at < text.length && at < MAX_JSON_CHARS) {
    const frame = frames.at(-1);
    const char = text[at];
    if (char === '"') {
      const end = endOfString(text, at) + 1;
      const token = text.slice(at, end);
      const value = token.includes("\\") ? (JSON.parse(token) as string) : token.slice(1, -1);
      const isKey = frame !== undefined && !Array.isArray(frame.container) && frame.key === undefined;
      const shown = isKey ? masker.key(value, frame.position.isSecret) : maskScalar(value, next().position, masker);
      if (shown !== value) replace(end, JSON.stringify(shown));
      if (isKey) frame.key = value;
      at = end;
    } else if (char === "{" || char === "[") {
      const { value, position } = next();
      const container = isContainer(value) ? value : undefined;
      const children = container === undefined ? undefined : childPositions(container, position);
      frames.push({ container, position, children, key: undefined, index: 0, passed: undefined });
      at += 1;
    } else if (char === "}" || char === "]") {
      frames.pop();
      at += 1;
    } else if (char === ",") {
      if (frame !== undefined) {
        frame.index += 1;
        frame.key = undefined;
      }
      at += 1;
    } else {
      SCALAR.lastIndex = at;
      const token = SCALAR.exec(text)?.[0] ?? "";
      const end = at + Math.max(1, token.length);
      const isSecret = token !== "" && next().position.isSecret;
      if (isSecret && !/^[tfn]/.test(token)) replace(end, JSON.stringify(masker.whole(token)));
      at = end;
    }
  }
  out.push(text.slice(written, at));
  return out.join("");
}
