import { diffArrays } from "diff";
import type { Redactor } from "../redact/redactor.ts";

/** A longer line can be one secret, and its start says nothing about the difference. */
const MAX_LINE_CHARS = 16_384;
const MAX_SHOWN_LINES = 3;
/** Beyond this number of edits, lines are not counted: the time grows with the square of the edits (Myers 1986). */
const MAX_EDITS = 500;
const MAX_LINES = 100_000;

type RenderedSides = readonly [primary: string | null, candidate: string | null];

/**
 * Renders the first lines in which two texts differ, and the number of differing lines.
 * @param masked the two texts with their secrets replaced: only these are shown
 */
export function renderDifferingLines(
  [left, right]: readonly [string, string],
  masked: readonly [string, string],
  redactor: Redactor,
): RenderedSides {
  const [a, b] = firstChange(...masked);
  if ([...a, ...b].some((line) => line.length > MAX_LINE_CHARS)) {
    return [`text of ${left.length} characters`, `text of ${right.length} characters`];
  }
  const counts = countLines(left, right);
  const [one, other] = redactor.shortPair(a.join("\n"), b.join("\n"));
  return [
    withCount(a.length === 0 ? null : one, counts?.removed, "removed", counts),
    withCount(b.length === 0 ? null : other, counts?.added, "added", counts),
  ];
}

interface LineCounts {
  readonly removed: number;
  readonly added: number;
}

/** Omits the count when one line replaces one line. */
function withCount(
  rendered: string | null,
  count: number | undefined,
  change: "removed" | "added",
  counts: LineCounts | undefined,
): string | null {
  if (counts === undefined) return `${rendered ?? ""} (many lines ${change})`;
  if (counts.removed <= 1 && counts.added <= 1) return rendered;
  return `${rendered === null ? "" : `${rendered} `}(${count} ${count === 1 ? "line" : "lines"} ${change})`;
}

/** The first lines that only one side has. When masking has made all lines equal, the line of the first difference. */
function firstChange(a: string, b: string): readonly [readonly string[], readonly string[]] {
  const changes = diffArrays(a.split("\n"), b.split("\n"), { maxEditLength: MAX_EDITS }) ?? [];
  const first = changes.findIndex(({ added, removed }) => added || removed);
  const [one, other] = [changes[first], changes[first + 1]];
  if (one === undefined) return [[lineAt(a, lineStart(a, b))], [lineAt(b, lineStart(a, b))]];
  const linesOf = (side: "added" | "removed"): readonly string[] =>
    [one, other].find((change) => change?.[side] === true)?.value.slice(0, MAX_SHOWN_LINES) ?? [];
  return [linesOf("removed"), linesOf("added")];
}

/** @returns undefined when there are too many lines or edits */
function countLines(left: string, right: string): LineCounts | undefined {
  const [a, b] = [left.split("\n", MAX_LINES + 1), right.split("\n", MAX_LINES + 1)];
  if (a.length > MAX_LINES || b.length > MAX_LINES) return undefined;
  const changes = diffArrays(a, b, { maxEditLength: MAX_EDITS });
  if (changes === undefined) return undefined;
  const sum = (side: "added" | "removed"): number =>
    changes.reduce((total, change) => total + (change[side] ? change.count : 0), 0);
  return { removed: sum("removed"), added: sum("added") };
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
