import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState, type ReactElement } from "react";
import { formatCount } from "../../../../src/presentation/words/number-format.ts";
import { useKeys } from "../../ui/use-keys.ts";
import { CONTEXT_CHARS } from "../../../../src/presentation/bodies/clip-line.ts";
import {
  foldRows,
  MAX_LINES,
  shownLines,
  type RowMode,
  type RowRange,
  type ShownLine,
} from "../../../../src/presentation/bodies/fold-rows.ts";
import type { BodyDiff } from "../../../../src/presentation/bodies/row-builder.ts";
import { GapRow, NO_BREAK_SPACE, SplitRow, UnifiedRow, type Measured } from "./diff-row.tsx";
import { markOf, shownText } from "../../../../src/presentation/bodies/shown-text.ts";

/** The height of a line that does not wrap, in pixels. */
const LINE_HEIGHT = 20;
const OVERSCAN = 12;
/** Rows around a found text that are shown with it. */
const AROUND = 3;
/** How much more of a long line each click shows. */
const MORE = 16;

interface Props {
  readonly diff: BodyDiff;
  readonly layout: "split" | "unified";
  readonly mode: RowMode;
  readonly find: string;
  readonly leftName: string;
  readonly rightName: string;
  /** The row that the table scrolls to when `target` changes; also shown when it is folded. */
  readonly row: number | undefined;
  readonly target: object | undefined;
  /** The row is selected, not only where the page begins. */
  readonly isSelected: boolean;
  readonly onSelect: (row: number, scrolls: boolean) => void;
}

/** Two bodies side by side or unified. Only visible rows are in the document, so a megabyte opens as fast as a kilobyte. */
export function DiffTable(props: Props): ReactElement {
  const { diff, layout, mode, row, target, leftName, rightName } = props;
  const [opened, setOpened] = useState<readonly RowRange[]>([]);
  const around = useMemo(
    () =>
      row === undefined || diff.rows.marks[row] !== 0
        ? []
        : [{ from: Math.max(0, row - AROUND), to: row + AROUND + 1 }],
    [diff, row],
  );
  const lines = useMemo(() => {
    const parts = foldRows(diff.rows, mode, [...opened, ...around]);
    return shownLines(diff.rows, parts, layout, new Set(diff.differences.map((each) => each.row)));
  }, [diff, mode, opened, around, layout]);
  const scroller = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: OVERSCAN,
    getItemKey: (index) => keyOf(lines[index]),
  });
  useScrollTo(virtual, lines, row, target);
  useRowKeys(lines, row, props.onSelect);
  const items = virtual.getVirtualItems();
  const [before, after] = [items[0]?.start ?? 0, virtual.getTotalSize() - (items.at(-1)?.end ?? 0)];
  const label = `Bodies of ${leftName} and ${rightName}`;
  return (
    // Scrolls by keyboard, too.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section ref={scroller} className="diff-scroll" aria-label={label} tabIndex={0}>
      <table className={`diff diff-${layout}`} aria-rowcount={lines.length}>
        <DiffHead layout={layout} leftName={leftName} rightName={rightName} />
        <tbody>
          <Spacer height={before} columns={COLUMNS[layout]} />
          {items.map(({ index, key }) => (
            <TableLine
              key={key}
              {...props}
              line={lines[index]}
              isFirst={index === 0}
              isLast={index === lines.length - 1}
              measured={{ ref: virtual.measureElement, "data-index": index }}
              onOpen={(range) => setOpened((last) => [...last, range])}
            />
          ))}
          <Spacer height={after} columns={COLUMNS[layout]} />
          {lines.length < MAX_LINES ? null : (
            <tr className="diff-gap">
              <td colSpan={COLUMNS[layout]}>Only the first {formatCount(MAX_LINES)} lines are shown.</td>
            </tr>
          )}
        </tbody>
      </table>
    </section>
  );
}

/** j and k select the next and the previous line on the screen. */
function useRowKeys(lines: readonly ShownLine[], row: number | undefined, onSelect: Props["onSelect"]): void {
  const go = (step: 1 | -1): void => {
    const rows = lines.filter(({ gap }) => gap === undefined).map((line) => line.row);
    const next =
      step === 1 ? rows.find((each) => each > (row ?? -1)) : rows.findLast((each) => each < (row ?? rows.length));
    if (next !== undefined) onSelect(next, true);
  };
  useKeys("Every page", { j: () => go(1), k: () => go(-1) });
}

const COLUMNS = { split: 5, unified: 4 } as const;

function keyOf(line: ShownLine | undefined): string {
  return line === undefined ? "" : `${line.row} ${line.side} ${line.gap?.to ?? ""}`;
}

/** Scrolls the selected row to the middle whenever `target` is another object. */
function useScrollTo(
  virtual: Virtualizer<HTMLElement, Element>,
  lines: readonly ShownLine[],
  row: number | undefined,
  target: object | undefined,
): void {
  const reached = useRef<object>(undefined);
  useEffect(() => {
    if (target === undefined || target === reached.current) return undefined;
    const index = lines.findIndex((line) => line.row === row && line.gap === undefined);
    if (index === -1) return undefined;
    reached.current = target;
    virtual.scrollToIndex(index, { align: "center" });
    return showOnPage(virtual, index);
  }, [virtual, lines, row, target]);
}

/** Frames after which a row that the list scrolls to is in the document. */
const MAX_FRAMES = 20;

/** Scrolls the page, too, as soon as the row is in the document. @returns a function that gives up */
function showOnPage(virtual: Virtualizer<HTMLElement, Element>, index: number): () => void {
  let frame = 0;
  let count = 0;
  const show = (): void => {
    const element = virtual.scrollElement?.querySelector(`[data-index="${index}"]`);
    if (element !== null && element !== undefined) element.scrollIntoView({ block: "center" });
    else if ((count += 1) < MAX_FRAMES) frame = requestAnimationFrame(show);
  };
  frame = requestAnimationFrame(show);
  return () => cancelAnimationFrame(frame);
}

/** Stands for the rows that are not in the document. */
function Spacer({ height, columns }: { readonly height: number; readonly columns: number }): ReactElement | null {
  if (height <= 0) return null;
  return (
    <tr aria-hidden="true" className="diff-spacer">
      <td colSpan={columns} style={{ height }}>
        {NO_BREAK_SPACE}
      </td>
    </tr>
  );
}

interface LineProps extends Props {
  readonly line: ShownLine | undefined;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly measured: Measured;
  readonly onOpen: (range: RowRange) => void;
}

function TableLine(props: LineProps): ReactElement | null {
  const { line, diff, layout, find, row: current, measured, onSelect, isFirst, isLast, onOpen } = props;
  const [context, setContext] = useState(CONTEXT_CHARS);
  const row = line?.row ?? 0;
  const view = useMemo(
    () => ({
      left: shownText(diff, row, "left", { find, context }),
      right: shownText(diff, row, "right", { find, context }),
    }),
    [diff, row, find, context],
  );
  if (line === undefined) return null;
  if (line.gap !== undefined) {
    const columns = COLUMNS[layout];
    return <GapRow gap={line.gap} {...{ isFirst, isLast, columns, measured, onOpen }} />;
  }
  // Only the first line of a difference names it, so that it is counted once.
  const isStart = line.side !== "right" || view.left === undefined;
  const shared = {
    ...view,
    measured,
    mark: markOf(diff, row),
    difference: isStart ? diff.differences.find((each) => each.row === row)?.at : undefined,
    isCurrent: row === current && props.isSelected,
    onSelect: () => onSelect(row, false),
    onMore: () => setContext((last) => last * MORE),
  };
  return layout === "split" ? <SplitRow {...shared} /> : <UnifiedRow {...shared} side={line.side} />;
}

function DiffHead({ layout, leftName, rightName }: Pick<Props, "layout" | "leftName" | "rightName">): ReactElement {
  if (layout === "unified") {
    return (
      <>
        <colgroup>
          <col className="col-number" />
          <col className="col-number" />
          <col className="col-glyph" />
          <col />
        </colgroup>
        <thead>
          <tr>
            <th scope="col" colSpan={4}>
              − {leftName} &nbsp; + {rightName}
            </th>
          </tr>
        </thead>
      </>
    );
  }
  return (
    <>
      <colgroup>
        <col className="col-number" />
        <col />
        <col className="col-glyph" />
        <col className="col-number" />
        <col />
      </colgroup>
      <thead>
        <tr>
          <th scope="col" colSpan={2}>
            {leftName}
          </th>
          <th scope="col" className="glyph">
            <span className="visually-hidden">change</span>
          </th>
          <th scope="col" colSpan={2}>
            {rightName}
          </th>
        </tr>
      </thead>
    </>
  );
}
