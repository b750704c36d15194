import type { DifferenceKind, Relation } from "../../model/difference.ts";
import { isContainer, Duplicates, type Json } from "../tree/json-tree.ts";
import { toInstant, isEpoch, sameInstant } from "./instant.ts";
import { numberRelation, sameNumber } from "./number-relation.ts";
import { bothRandom, bothUuids } from "./token-relation.ts";

/** Longer texts are not examined. */
const MAX_CHARS = 20_000;
const BEYOND_ASCII = /\P{ASCII}/u;
const SPACE = /\s/;
/** Unix times are rarely further apart, while ids of the same form often are. */
const MAX_EPOCH_DISTANCE_MS = 400 * 86_400_000;

/**
 * The most specific relation that explains the difference of two values, or null. `time-shift` needs several positions (see
 * `FieldRelation`); here two times are `both-times`.
 * @param left undefined when the primary has no value
 */
export function relationOf(kind: DifferenceKind, left: Json | undefined, right: Json | undefined): Relation | null {
  if (left === undefined || right === undefined) {
    return (left === undefined ? right : left) === null && (kind === "missing" || kind === "extra")
      ? "null-or-missing"
      : null;
  }
  if (left === null || right === null) return isEmpty(left ?? right) ? "null-or-empty" : null;
  if (isContainer(left) || isContainer(right)) return null;
  if (typeof left === "string" && typeof right === "string") return textRelation(left, right);
  const oneIsText = typeof left === "string" || typeof right === "string";
  if (oneIsText && sameNumber(left, right)) return "number-as-string";
  return timeRelation(left, right) ?? numberRelation(left, right);
}

/** The relation that explains the difference of two texts, or null. */
export function textRelation(left: string, right: string): Relation | null {
  if (left.length + right.length > MAX_CHARS) return null;
  if (BEYOND_ASCII.test(left + right) && left.normalize("NFC") === right.normalize("NFC"))
    return "unicode-normalisation";
  if (SPACE.test(left + right) && left.replaceAll(/\s+/g, "") === right.replaceAll(/\s+/g, "")) return "whitespace";
  if (left.toLowerCase() === right.toLowerCase()) return "letter-case";
  const related = timeRelation(left, right) ?? numberRelation(left, right);
  if (related !== null) return related;
  if (bothUuids(left, right)) return "both-uuids";
  return bothRandom(left, right) ? "both-random" : null;
}

function timeRelation(left: Json, right: Json): Relation | null {
  const [a, b] = [toInstant(left), toInstant(right)];
  if (a === undefined || b === undefined) return null;
  if (sameInstant(a, b)) return "same-instant";
  const areFormatted = !isEpoch(left) && !isEpoch(right);
  return areFormatted || Math.abs(a.ms - b.ms) <= MAX_EPOCH_DISTANCE_MS ? "both-times" : null;
}

function isEmpty(value: Json): boolean {
  if (value === "") return true;
  if (value === null || value instanceof Duplicates || !isContainer(value)) return false;
  return Object.keys(value).length === 0;
}
