import { LRUCache } from "lru-cache";
import { percentDecoded } from "../secrets/decoded-text.ts";
import { FINGERPRINT } from "../model/sample.ts";
import { parameterOf } from "./value-shapes.ts";

/** Longer names are cut. */
const MAX_NAME_CHARS = 64;
/** An escaped character takes at most twelve; what is beyond is not read. */
const MAX_ESCAPED_CHARS = 12 * MAX_NAME_CHARS;
/** Distinct names of one request. A request with more has other names, too. */
const MAX_NAMES = 32;
/** Between names, in which it is replaced. */
const SEPARATOR = "\n";
/** Control and format characters, and halves of characters: a name is one line on every screen. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** `items[0][name]`: the position is a value. */
const POSITION = /\[\d+\]/g;
/** `address_2` names a parameter, although `order_42` in a path is an id. */
const NUMBERED_NAME = /^[A-Za-z]+(?:[-_]\d+)+$/;
/** Cached results: requests repeat the same names. */
const names = new LRUCache<string, string>({ max: 2_000 });

/** The names of the query parameters of one request, for counting: each once. */
export interface QueryNames {
  readonly names: readonly string[];
  /** There are further ones. */
  readonly hasMore: boolean;
}

/**
 * The names of a target's query parameters as one text, the same for equal sets of names: exchanges are counted by it. Empty if
 * there are none; read it with `readQueryNames`.
 * @param target origin form, secrets already redacted
 */
export function queryNamesOf(target: string): string {
  const start = target.indexOf("?") + 1;
  if (start === 0) return "";
  const hash = target.indexOf("#");
  const end = hash === -1 ? target.length : hash;
  const found = new Set<string>();
  for (let at = start; at < end;) {
    const next = indexOrEnd(target.indexOf("&", at), end);
    const name = nameOf(target.slice(at, Math.min(next, indexOrEnd(target.indexOf("=", at), end))));
    at = next + 1;
    if (name === "" || found.has(name)) continue;
    if (found.size === MAX_NAMES) return [...found].toSorted().join(SEPARATOR) + SEPARATOR;
    found.add(name);
  }
  return found.size <= 1 ? [...found].join("") : [...found].toSorted().join(SEPARATOR);
}

/** @param text of `queryNamesOf` */
export function readQueryNames(text: string): QueryNames {
  if (text === "") return { names: [], hasMore: false };
  const hasMore = text.endsWith(SEPARATOR);
  return { names: (hasMore ? text.slice(0, -1) : text).split(SEPARATOR), hasMore };
}

/** Whether a target has a parameter of this name; with an empty name, whether it has none at all. */
export function hasQueryName(target: string, name: string): boolean {
  const own = queryNamesOf(target);
  return name === "" ? own === "" : readQueryNames(own).names.includes(name);
}

function indexOrEnd(index: number, end: number): number {
  return index === -1 || index > end ? end : index;
}

function nameOf(written: string): string {
  const escaped = written.slice(0, MAX_ESCAPED_CHARS);
  const known = names.get(escaped);
  if (known !== undefined) return known;
  const name = readableName(percentDecoded(escaped.replaceAll("+", " ")));
  names.set(escaped, name);
  return name;
}

/** A name that is a value of its own, such as a token or a time against caches, would be new with each request. */
function readableName(decoded: string): string {
  const text = decoded.replaceAll(UNPRINTABLE, "\u{fffd}").replaceAll(POSITION, "[]").trim();
  if (text.includes(FINGERPRINT)) return "{id}";
  const name = NUMBERED_NAME.test(text) ? text : (parameterOf(text) ?? text);
  const characters = Array.from(name);
  return characters.length <= MAX_NAME_CHARS ? name : `${characters.slice(0, MAX_NAME_CHARS - 1).join("")}…`;
}
