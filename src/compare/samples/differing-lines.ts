import { diffArrays } from "diff";
import { redactText } from "../redact/redact-body.ts";
import type { Redactor } from "../redact/body-redactor.ts";
import { headerLine, isTable } from "../redact/table-masker.ts";

/** How much text on each side of the first difference is masked to show it. A private key of 4,096 bits has 3,300 characters. */
const CONTEXT_CHARS = 16_384;
/** Up to here a text is masked from its beginning: a list or an element may say far above what it holds. */
const MAX_WHOLE_CHARS = 256 * 1024;
const MAX_SHOWN_LINES = 3;
/** Texts that differ in more lines are not counted out: the time grows with the square of it (Myers 1986). */
const MAX_EDITS = 500;
const MAX_LINES = 100_000;

type ExchangeComparison = readonly [primary: string | null, candidate: string | null];

/**
 * The first lines in which two different texts differ, and how many there are. Masked together with the lines around them, for
 * a secret may span lines.
 * @param saysJson its type says so, and is wrong
 */
export function renderDifferingLines(
  left: string,
  right: string,
  redactor: Redactor,
  mediaType: string,
  saysJson: boolean,
): ExchangeComparison {
  const at = firstDifference(left, right);
  const from = contextStart(left, at);
  if (from === undefined) return [`text of ${left.length} characters`, `text of ${right.length} characters`];
  const masked = (text: string): string => {
    const header = from > 0 && isTable(mediaType) ? headerLine(text) : "";
    return redactText(header + text.slice(from, at + 2 * CONTEXT_CHARS), mediaType, redactor, saysJson);
  };
  const [a, b] = firstChange(masked(left), masked(right));
  const counts = countedLines(left, right);
  return [
    withCount(a, redactor, counts?.removed, "removed", counts),
    withCount(b, redactor, counts?.added, "added", counts),
  ];
}

interface TallyCounts {
  readonly removed: number;
  readonly added: number;
}

/** One line for one line needs no count. */
function withCount(
  lines: readonly string[],
  redactor: Redactor,
  count: number | undefined,
  what: "removed" | "added",
  counts: TallyCounts | undefined,
): string | null {
  if (counts === undefined) return `${redactor.short(lines.join("\n"))} (many lines ${what})`;
  const shown = lines.length === 0 ? null : redactor.short(lines.join("\n"));
  if (counts.removed <= 1 && counts.added <= 1) return shown;
  return `${shown === null ? "" : `${shown} `}(${count} ${count === 1 ? "line" : "lines"} ${what})`;
}

/** The first lines that are on one side only; where masks have made all alike, the line of the first difference. */
function firstChange(a: string, b: string): readonly [readonly string[], readonly string[]] {
  const changes = diffArrays(a.split("\n"), b.split("\n"), { maxEditLength: MAX_EDITS }) ?? [];
  const first = changes.findIndex(({ added, removed }) => added || removed);
  const [one, other] = [changes[first], changes[first + 1]];
  if (one === undefined) return [[lineAt(a, lineStart(a, b))], [lineAt(b, lineStart(a, b))]];
  const of = (side: "added" | "removed"): readonly string[] =>
    [one, other].find((change) => change?.[side] === true)?.value.slice(0, MAX_SHOWN_LINES) ?? [];
  return [of("removed"), of("added")];
}

/** @returns undefined when there are too many */
function countedLines(left: string, right: string): TallyCounts | undefined {
  const [a, b] = [left.split("\n", MAX_LINES + 1), right.split("\n", MAX_LINES + 1)];
  if (a.length > MAX_LINES || b.length > MAX_LINES) return undefined;
  const changes = diffArrays(a, b, { maxEditLength: MAX_EDITS });
  if (changes === undefined) return undefined;
  const sum = (side: "added" | "removed"): number =>
    changes.reduce((total, change) => total + (change[side] ? change.count : 0), 0);
  return { removed: sum("removed"), added: sum("added") };
}

/** A line's beginning some way before the difference; undefined in the midst of a line so long that it may be one secret. */
function contextStart(text: string, at: number): number | undefined {
  if (at < CONTEXT_CHARS) return 0;
  const lineBreak = text.indexOf("\n", at - CONTEXT_CHARS);
  if (lineBreak === -1 || lineBreak >= at) return undefined;
  return at < MAX_WHOLE_CHARS ? 0 : lineBreak + 1;
}

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  return at;
}

function lineStart(a: string, b: string): number {
  return a.lastIndexOf("\n", firstDifference(a, b) - 1) + 1;
}

function lineAt(text: string, start: number): string {
  const end = text.indexOf("\n", start);
  return text.slice(start, end === -1 ? text.length : end);
}
