import type { CSSProperties, ReactElement, Ref } from "react";
import { formatPlural } from "../../../../src/presentation/words/number-format.ts";
import { STEP_ROWS, type RowRange } from "../../../../src/presentation/bodies/fold-rows.ts";
import type { RowMark } from "../../../../src/presentation/bodies/row-builder.ts";
import type { ShownText } from "../../../../src/presentation/bodies/shown-text.ts";
import { LineContent } from "./line-content.tsx";

/** Fills a cell without a line. */
export const NO_BREAK_SPACE = "\u00A0";

/** In addition to its color, every mark has a glyph, and a word for screen readers. */
const GLYPHS: Record<RowMark, { readonly glyph: string; readonly word: string }> = {
  same: { glyph: "", word: "" },
  add: { glyph: "+", word: "added" },
  remove: { glyph: "−", word: "removed" },
  replace: { glyph: "~", word: "changed" },
  move: { glyph: "↕", word: "moved" },
};

function Mark({ mark }: { readonly mark: RowMark }): ReactElement {
  const { glyph, word } = GLYPHS[mark];
  return (
    <td className="glyph">
      <span aria-hidden="true">{glyph}</span>
      <span className="visually-hidden">{word}</span>
    </td>
  );
}

/** Attributes by which the virtual list measures a row. */
export interface Measured {
  readonly ref: Ref<HTMLTableRowElement>;
  readonly "data-index": number;
}

interface RowProps {
  readonly mark: RowMark;
  readonly left: ShownText | undefined;
  readonly right: ShownText | undefined;
  /** The place of the difference that starts in this row. */
  readonly difference: string | undefined;
  readonly isCurrent: boolean;
  readonly measured: Measured;
  readonly onSelect: () => void;
  readonly onMore: () => void;
}

function rowProps({ mark, difference, isCurrent, measured, onSelect }: RowProps): Record<string, unknown> {
  return {
    ...measured,
    className: `diff-row diff-row-${mark}`,
    "data-difference": difference,
    "data-mark": mark,
    "aria-current": isCurrent ? "true" : undefined,
    onClick: onSelect,
  };
}

/** The depth is a style, so that the deepest document still fits on the screen. */
function Code({ shown, side, onMore }: Pick<RowProps, "onMore"> & CodeProps): ReactElement {
  if (shown === undefined) return <td className="code code-void">{NO_BREAK_SPACE}</td>;
  return (
    <td className={`code code-${side}`} style={{ "--depth": shown.depth } as CSSProperties}>
      <LineContent pieces={shown.pieces} onMore={onMore} />
    </td>
  );
}

interface CodeProps {
  readonly shown: ShownText | undefined;
  readonly side: "left" | "right";
}

export function SplitRow(props: RowProps): ReactElement {
  const { mark, left, right, onMore } = props;
  return (
    <tr {...rowProps(props)}>
      <td className="line-number">{left?.number}</td>
      <Code shown={left} side="left" onMore={onMore} />
      <Mark mark={mark} />
      <td className="line-number">{right?.number}</td>
      <Code shown={right} side="right" onMore={onMore} />
    </tr>
  );
}

/** A line of one side in the unified layout; a changed line is shown as a removed and an added line. */
export function UnifiedRow(props: RowProps & { readonly side: "left" | "right" | "both" }): ReactElement {
  const { mark, left, right, side, onMore } = props;
  const glyph = mark === "replace" ? (side === "left" ? "remove" : "add") : mark;
  const attributes = { ...rowProps(props), className: `diff-row diff-row-${glyph}` };
  return (
    <tr {...attributes}>
      <td className="line-number">{side === "right" ? null : left?.number}</td>
      <td className="line-number">{side === "left" ? null : right?.number}</td>
      <Mark mark={glyph} />
      <Code shown={side === "right" ? right : left} side={side === "right" ? "right" : "left"} onMore={onMore} />
    </tr>
  );
}

interface GapProps {
  readonly gap: RowRange;
  /** The first and the last row of the body have nothing before and after them. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly columns: number;
  readonly measured: Measured;
  readonly onOpen: (range: RowRange) => void;
}

/** Unchanged rows that are folded: shows them in steps from either end, or all of them. */
export function GapRow({ gap, isFirst, isLast, columns, measured, onOpen }: GapProps): ReactElement {
  const { from, to } = gap;
  const count = to - from;
  const isLong = count > STEP_ROWS;
  return (
    <tr {...measured} className="diff-gap">
      <td colSpan={columns}>
        <span className="gap-buttons">
          {isLong && !isFirst ? (
            <button type="button" onClick={() => onOpen({ from, to: from + STEP_ROWS })}>
              ↓ {STEP_ROWS} more
            </button>
          ) : null}
          <button type="button" onClick={() => onOpen(gap)}>
            {isLong ? "Show all" : "Show"} {formatPlural(count, "unchanged line")}
          </button>
          {isLong && !isLast ? (
            <button type="button" onClick={() => onOpen({ from: to - STEP_ROWS, to })}>
              ↑ {STEP_ROWS} more
            </button>
          ) : null}
        </span>
      </td>
    </tr>
  );
}
