import { randomBytes } from "node:crypto";
import { MAX_MARK_CHARS } from "../../config/defaults.ts";
import type { Mark } from "../../model/explain/mark.ts";

const ID_BYTES = 8;
/** Control characters and all line breaks. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029]+/gu;

/** Creates a mark with a new id. Its text becomes one line of at most 200 characters. */
export function createMark(mark: Omit<Mark, "id">): Mark {
  return { ...mark, id: randomBytes(ID_BYTES).toString("hex"), text: oneLine(mark.text) };
}

function oneLine(text: string): string {
  const line = text.replaceAll(UNPRINTABLE, " ").trim();
  const characters = Array.from(line);
  return characters.length <= MAX_MARK_CHARS ? line : `${characters.slice(0, MAX_MARK_CHARS - 1).join("")}…`;
}
