import { diffArrays } from "diff";
import { redactText } from "../redact/redact-body.ts";
import type { Redactor } from "../redact/body-redactor.ts";
import { headerLine, isTable } from "../redact/table-masker.ts";

/** Characters around the first difference that are masked. A private key of 4,096 bits has 3,300 characters. */
const CONTEXT_CHARS = 16_384;
/** Up to this offset a text is masked from its start, because a name far above can mark a value as secret. */
const MAX_PREFIX_CHARS = 256 * 1024;
const MAX_SHOWN_LINES = 3;
/** Beyond this number of edits, lines are not counted: the time grows with the square of the edits (Myers 1986). */
const MAX_EDITS = 500;
const MAX_LINES = 100_000;

type RenderedSides = readonly [primary: string | null, candidate: string | null];

/**
 * Renders the first lines in which two texts differ, and the number of differing lines. The lines are masked together with
 * their context, because a secret can span lines.
 * @param saysJson the media type declares JSON, but the text is not valid JSON
 */
export function renderDifferingLines(
  left: string,
  right: string,
  redactor: Redactor,
  mediaType: string,
  saysJson: boolean,
): RenderedSides {
  const at = firstDifference(left, right);
  const from = contextStart(left, at);
  if (from === undefined) return [`text of ${left.length} characters`, `text of ${right.length} characters`];
  const masked = (text: string): string => {
    const header = from > 0 && isTable(mediaType) ? headerLine(text) : "";
    return redactText(header + text.slice(from, at + 2 * CONTEXT_CHARS), mediaType, redactor, saysJson);
  };
  const [a, b] = firstChange(masked(left), masked(right));
  const counts = countLines(left, right);
  return [
    withCount(a, redactor, counts?.removed, "removed", counts),
    withCount(b, redactor, counts?.added, "added", counts),
  ];
}

interface LineCounts {
  readonly removed: number;
  readonly added: number;
}

/** Omits the count when one line replaces one line. */
function withCount(
  lines: readonly string[],
  redactor: Redactor,
  count: number | undefined,
  change: "removed" | "added",
  counts: LineCounts | undefined,
): string | null {
  if (counts === undefined) return `${redactor.short(lines.join("\n"))} (many lines ${change})`;
  const rendered = lines.length === 0 ? null : redactor.short(lines.join("\n"));
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

/** Where masking starts: the start of a line before the difference. Undefined inside a line so long that it could be one secret. */
function contextStart(text: string, at: number): number | undefined {
  if (at < CONTEXT_CHARS) return 0;
  const lineBreak = text.indexOf("\n", at - CONTEXT_CHARS);
  if (lineBreak === -1 || lineBreak >= at) return undefined;
  return at < MAX_PREFIX_CHARS ? 0 : lineBreak + 1;
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
