import { diffArrays } from "diff";
import type { Line, Row, RowMark, Token } from "./diff-row.ts";

type Tokens = readonly Token[];

/** Texts with more edits are shown as replaced: time and memory of the search grow with the square of the edits. */
const MAX_EDITS = 1_000;

/** Consecutive lines that are equal on both sides, or that only one of the sides has. */
interface Hunk {
  readonly isSame: boolean;
  readonly left: number;
  readonly right: number;
}

/** A text as lines of one token each; an empty text has no lines. */
export function plainLines(text: string): readonly Tokens[] {
  return text === "" ? [] : text.split("\n").map((line) => [{ kind: "plain", text: line }]);
}

function lineText(tokens: Tokens): string {
  return tokens.map(({ text }) => text).join("");
}

/** Lines before the first difference and after the last are equal, all others are replaced. */
function replacedMiddle(left: readonly string[], right: readonly string[]): readonly Hunk[] {
  const shorter = Math.min(left.length, right.length);
  let head = 0;
  while (head < shorter && left[head] === right[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && left.at(-1 - tail) === right.at(-1 - tail)) tail += 1;
  return [
    { isSame: true, left: head, right: head },
    { isSame: false, left: left.length - head - tail, right: right.length - head - tail },
    { isSame: true, left: tail, right: tail },
  ];
}

function lineHunks(left: string[], right: string[]): readonly Hunk[] {
  const changes = diffArrays(left, right, { maxEditLength: MAX_EDITS });
  if (changes === undefined) return replacedMiddle(left, right);
  const hunks: Hunk[] = [];
  for (const { added, removed, count } of changes) {
    const hunk = { isSame: !added && !removed, left: added ? 0 : count, right: removed ? 0 : count };
    const last = hunks.at(-1);
    // A removal followed by an addition is a replacement.
    if (last === undefined || last.isSame || hunk.isSame) hunks.push(hunk);
    else hunks[hunks.length - 1] = { isSame: false, left: last.left + hunk.left, right: last.right + hunk.right };
  }
  return hunks;
}

function lineAt(lines: readonly Tokens[], index: number, end: number): Line | null {
  return index < end ? { number: index + 1, tokens: lines[index] ?? [] } : null;
}

/** Two texts side by side, compared line by line. */
export function textRows(left: readonly Tokens[], right: readonly Tokens[]): readonly Row[] {
  const rows: Row[] = [];
  let leftStart = 0;
  let rightStart = 0;
  for (const hunk of lineHunks(left.map(lineText), right.map(lineText))) {
    const [leftEnd, rightEnd] = [leftStart + hunk.left, rightStart + hunk.right];
    for (let offset = 0; offset < Math.max(hunk.left, hunk.right); offset += 1) {
      const leftLine = lineAt(left, leftStart + offset, leftEnd);
      const rightLine = lineAt(right, rightStart + offset, rightEnd);
      const changed: RowMark = leftLine === null ? "add" : rightLine === null ? "remove" : "replace";
      const difference = !hunk.isSame && offset === 0 ? `line ${leftStart + 1}` : null;
      rows.push({ mark: hunk.isSame ? "same" : changed, left: leftLine, right: rightLine, difference });
    }
    [leftStart, rightStart] = [leftEnd, rightEnd];
  }
  return rows;
}
