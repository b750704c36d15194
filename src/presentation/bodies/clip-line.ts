import type { Span } from "./inline-changes.ts";

/** Consecutive characters that are shown, or a gap. */
export interface LinePart extends Span {
  readonly isGap: boolean;
}

/** Lines that are shorter than this many contexts are shown completely. */
const CONTEXTS = 5;
/** Characters that are shown around a change, and at the start of a line without one. */
export const CONTEXT_CHARS = 80;
/** Shorter gaps are not worth a click. */
const MIN_GAP = 40;

/**
 * Cuts a long line around its changes, so that the change is shown and not the start of the line.
 * @param spans what differs in the line, ascending
 * @param context characters to show on each side of a change
 */
export function clipLine(length: number, spans: readonly Span[], context = CONTEXT_CHARS): readonly LinePart[] {
  if (length <= CONTEXTS * context) return length === 0 ? [] : [{ isGap: false, from: 0, to: length }];
  // The start says which line it is: a key, or the beginning of a sentence.
  const near = [{ from: 0, to: context }, ...spans.flatMap((span) => aroundSpan(span, context))];
  const shown: { from: number; to: number }[] = [];
  for (const { from, to } of near.toSorted((one, other) => one.from - other.from)) {
    const last = shown.at(-1);
    if (last !== undefined && from - last.to < MIN_GAP) last.to = Math.max(last.to, Math.min(to, length));
    else if (from < length) shown.push({ from, to: Math.min(to, length) });
  }
  const parts: LinePart[] = [];
  let at = 0;
  for (const { from, to } of shown) {
    if (from > at) parts.push({ isGap: true, from: at, to: from });
    parts.push({ isGap: false, from, to });
    at = to;
  }
  if (length - at >= MIN_GAP) parts.push({ isGap: true, from: at, to: length });
  else if (length > at) parts.push({ isGap: false, from: at, to: length });
  return parts;
}

/** A long change is cut in its middle. */
function aroundSpan({ from, to }: Span, context: number): Span[] {
  const start = Math.max(0, from - context);
  if (to - from <= 4 * context) return [{ from: start, to: to + context }];
  return [
    { from: start, to: from + 2 * context },
    { from: to - context, to: to + context },
  ];
}
