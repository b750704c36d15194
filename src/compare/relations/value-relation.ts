import type { DifferenceKind, Relation } from "../../model/difference.ts";
import { isContainer, Duplicates, type Json } from "../tree/json-tree.ts";
import { instantOf, isEpoch, sameInstant } from "./instant.ts";
import { numberRelation, sameNumber } from "./number-relation.ts";
import { bothRandom, bothUuids } from "./token-relation.ts";

/** Longer texts are not looked into. */
const MAX_CHARS = 20_000;
const BEYOND_ASCII = /\P{ASCII}/u;
const SPACE = /\s/;
/** Numbers that look like times are seldom further apart, and identities often are. */
const EPOCHS_APART_MS = 400 * 86_400_000;

/**
 * What explains that two values differ, if something does: the most telling one of the relations. `time-shift` shows only
 * over several places, see `FieldRelation`; two times are `both-times` here.
 * @param left undefined where the primary has nothing
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

/** What explains that two texts differ. */
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
  const [a, b] = [instantOf(left), instantOf(right)];
  if (a === undefined || b === undefined) return null;
  if (sameInstant(a, b)) return "same-instant";
  const written = !isEpoch(left) && !isEpoch(right);
  return written || Math.abs(a.ms - b.ms) <= EPOCHS_APART_MS ? "both-times" : null;
}

function isEmpty(value: Json): boolean {
  if (value === "") return true;
  if (value === null || value instanceof Duplicates || !isContainer(value)) return false;
  return Object.keys(value).length === 0;
}
