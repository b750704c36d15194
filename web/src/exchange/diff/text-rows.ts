import { lineDiff } from "./line-diff.ts";
import type { Line, Row, RowMark, Token } from "./diff-row.ts";

/** The text of a line, which is what two lines are compared by. */
function textOf(tokens: readonly Token[]): string {
  return tokens.map((token) => token.text).join("");
}

/** A text as lines of one token each; an empty text has none. */
export function plainLines(text: string): readonly (readonly Token[])[] {
  return text === "" ? [] : text.split("\n").map((line) => [{ kind: "plain", text: line }]);
}

function line(side: readonly (readonly Token[])[], index: number, end: number): Line | null {
  return index < end ? { number: index + 1, tokens: side[index] ?? [] } : null;
}

/** Two texts side by side, compared line by line. */
export function textRows(left: readonly (readonly Token[])[], right: readonly (readonly Token[])[]): readonly Row[] {
  return lineDiff(left.map(textOf), right.map(textOf)).flatMap(({ same, leftFrom, leftTo, rightFrom, rightTo }) =>
    Array.from({ length: Math.max(leftTo - leftFrom, rightTo - rightFrom) }, (_, index): Row => {
      const one = line(left, leftFrom + index, leftTo);
      const two = line(right, rightFrom + index, rightTo);
      const mark: RowMark = same ? "same" : one === null ? "add" : two === null ? "remove" : "replace";
      return { mark, left: one, right: two, difference: !same && index === 0 ? `line ${leftFrom + 1}` : null };
    }),
  );
}
