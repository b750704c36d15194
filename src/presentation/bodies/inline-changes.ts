import { diffChars, diffWordsWithSpace, type ChangeObject } from "diff";

/** Characters from `from` up to, but not including, `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface InlineChanges {
  readonly left: readonly Span[];
  readonly right: readonly Span[];
}

/** Longer middles are marked as a whole: the search would take longer than a frame. */
const MAX_WORD_CHARS = 4_000;
const MAX_CHARS = 400;
const MAX_EDITS = 200;
/** With less in common, marks all over the line would hide that the values are just different. */
const MIN_SHARED_WORDS = 0.2;
const MIN_SHARED_CHARS = 0.6;
const WORD = /[\p{L}\p{N}_]/u;

/** Whether a position is between the halves of a surrogate pair. */
function splitsPair(text: string, at: number): boolean {
  return /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(at - 1, at + 1));
}

function commonStart(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let at = 0;
  while (at < shorter && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  return splitsPair(a, at) || splitsPair(b, at) ? at - 1 : at;
}

function commonEnd(a: string, b: string, start: number): number {
  const most = Math.min(a.length, b.length) - start;
  let count = 0;
  while (count < most && a.charCodeAt(a.length - 1 - count) === b.charCodeAt(b.length - 1 - count)) count += 1;
  return splitsPair(a, a.length - count) || splitsPair(b, b.length - count) ? count - 1 : count;
}

/** How many characters of the same word are before a position. */
function wordBefore(text: string, at: number): number {
  let count = 0;
  while (count < at && WORD.test(text.charAt(at - 1 - count))) count += 1;
  return count;
}

function wordAfter(text: string, at: number): number {
  let count = 0;
  while (at + count < text.length && WORD.test(text.charAt(at + count))) count += 1;
  return count;
}

/** Moves a border out of a word of which more has changed than stayed: "shop" and "store" are two words, "v104" and "v105" not. */
function borders(a: string, b: string): readonly [start: number, end: number] {
  const start = commonStart(a, b);
  const end = commonEnd(a, b, start);
  const changed = (side: string, at: number): number => Math.min(wordAfter(side, at), side.length - end - at);
  const before = wordBefore(a, start);
  const first = Math.max(changed(a, start), changed(b, start));
  const after = wordAfter(a, a.length - end);
  const last = Math.max(
    ...[a, b].map((side) => Math.min(wordBefore(side, side.length - end), side.length - end - start)),
  );
  return [before < first ? start - before : start, after < last ? end - after : end];
}

function entireSpan(text: string): Span[] {
  return text === "" ? [] : [{ from: 0, to: text.length }];
}

/** The parts that differ between two lines: words, and characters of similar values. */
export function inlineChanges(a: string, b: string): InlineChanges {
  const [start, end] = borders(a, b);
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  if (left === "" && right === "") return { left: [], right: [] };
  const found = left === "" || right === "" ? undefined : middleChanges(left, right);
  const shift = (spans: readonly Span[]): Span[] =>
    spans.map(({ from, to }) => ({ from: from + start, to: to + start }));
  return { left: shift(found?.left ?? entireSpan(left)), right: shift(found?.right ?? entireSpan(right)) };
}

/** @returns undefined when the middles are too long or too different */
function middleChanges(left: string, right: string): InlineChanges | undefined {
  if (left.length > MAX_WORD_CHARS || right.length > MAX_WORD_CHARS) return undefined;
  const words = spansOf(diffWordsWithSpace(left, right, { maxEditLength: MAX_EDITS }));
  const shorter = Math.min(left.length, right.length);
  if (words !== undefined && words.shared >= MIN_SHARED_WORDS * shorter) return words;
  if (left.length > MAX_CHARS || right.length > MAX_CHARS) return undefined;
  const chars = spansOf(diffChars(left, right, { maxEditLength: MAX_EDITS }));
  const longer = Math.max(left.length, right.length);
  return chars !== undefined && chars.shared >= MIN_SHARED_CHARS * longer ? chars : undefined;
}

interface SharedSpans extends InlineChanges {
  /** Characters that are equal, without white space at their edges. */
  readonly shared: number;
}

function spansOf(changes: readonly ChangeObject<string>[] | undefined): SharedSpans | undefined {
  if (changes === undefined) return undefined;
  const spans = { left: [] as Span[], right: [] as Span[] };
  let [a, b, shared] = [0, 0, 0];
  for (const { added, removed, value } of changes) {
    if (removed) spans.left.push({ from: a, to: (a += value.length) });
    else if (added) spans.right.push({ from: b, to: (b += value.length) });
    else {
      a += value.length;
      b += value.length;
      shared += value.trim().length;
    }
  }
  return { ...spans, shared };
}
