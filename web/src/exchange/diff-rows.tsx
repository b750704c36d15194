import type { ReactElement, ReactNode } from "react";
import type { Line, Row, RowMark } from "./diff/diff-row.ts";

/** In addition to its color, every mark has a glyph, and a word for screen readers. */
const GLYPHS: Record<RowMark, { readonly glyph: string; readonly word: string }> = {
  same: { glyph: "", word: "" },
  add: { glyph: "+", word: "added" },
  remove: { glyph: "−", word: "removed" },
  replace: { glyph: "~", word: "changed" },
};

/** Captured text, rendered as text nodes only. */
function Tokens({ line }: { readonly line: Line | null }): ReactNode {
  return line?.tokens.map((token, index) =>
    token.kind === "plain" ? (
      token.text
    ) : (
      // The tokens of a line keep their order.
      // oxlint-disable-next-line react/no-array-index-key
      <span key={index} className={`token-${token.kind}`}>
        {token.text}
      </span>
    ),
  );
}

function Mark({ mark }: { readonly mark: RowMark }): ReactElement {
  const { glyph, word } = GLYPHS[mark];
  return (
    <td className="glyph">
      <span aria-hidden="true">{glyph}</span>
      <span className="visually-hidden">{word}</span>
    </td>
  );
}

interface RowProps {
  readonly row: Row;
  readonly index: number;
  readonly current: boolean;
}

/** Attributes by which the keys `n` and `p`, and the tests, find a difference. */
function rowData({ row, index, current }: RowProps): Record<string, string | undefined> {
  return {
    id: row.difference === null ? undefined : `row-${index}`,
    "data-difference": row.difference ?? undefined,
    "data-mark": row.mark,
    "aria-current": current ? "true" : undefined,
  };
}

export function SplitRow(props: RowProps): ReactElement {
  const { mark, left, right } = props.row;
  return (
    <tr className={`diff-row diff-row-${mark}`} {...rowData(props)}>
      <td className="line-number">{left?.number}</td>
      <td className={left === null ? "code code-void" : "code code-left"}>
        <Tokens line={left} />
      </td>
      <Mark mark={mark} />
      <td className="line-number">{right?.number}</td>
      <td className={right === null ? "code code-void" : "code code-right"}>
        <Tokens line={right} />
      </td>
    </tr>
  );
}

/** A line of one side in the unified layout; a replaced line is shown as a removed and an added line. */
export function UnifiedRow(props: RowProps & { readonly side: "left" | "right" }): ReactElement {
  const { row, side } = props;
  const line = side === "left" ? row.left : row.right;
  const mark: RowMark = row.mark === "replace" ? (side === "left" ? "remove" : "add") : row.mark;
  const both = row.mark === "same";
  return (
    <tr className={`diff-row diff-row-${mark}`} {...rowData(props)} data-mark={row.mark}>
      <td className="line-number">{both || side === "left" ? row.left?.number : null}</td>
      <td className="line-number">{both || side === "right" ? row.right?.number : null}</td>
      <Mark mark={mark} />
      <td className={side === "left" && !both ? "code code-left" : "code code-right"}>
        <Tokens line={line} />
      </td>
    </tr>
  );
}
