/** A part of a text, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The spans in order, without empty ones; spans that overlap become one. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: { start: number; end: number }[] = [];
  for (const { start, end } of spans.filter((span) => span.end > span.start).toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last !== undefined && start < last.end) last.end = Math.max(last.end, end);
    else merged.push({ start, end });
  }
  return merged;
}

/** @param spans in order and without overlap, see `mergeSpans` */
export function replaceSpans(text: string, spans: readonly Span[], replace: (part: string) => string): string {
  if (spans.length === 0) return text;
  const out: string[] = [];
  let written = 0;
  for (const { start, end } of spans) {
    out.push(text.slice(written, start), replace(text.slice(start, end)));
    written = end;
  }
  out.push(text.slice(written));
  return out.join("");
}
