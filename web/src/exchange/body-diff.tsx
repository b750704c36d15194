import { useCallback, useEffect, useMemo, useState, type ReactElement } from "react";
import { foldUnchanged, type FoldedPart } from "./diff/fold-unchanged.ts";
import { differenceRows, type Row } from "./diff/diff-row.ts";
import { formatPlural } from "../../../src/presentation/words/number-format.ts";
import { useKeys } from "../ui/use-keys.ts";
import { SplitRow, UnifiedRow } from "./diff-rows.tsx";
import "./diff.css";

/** Rows to render at first and per click: a megabyte of JSON has about 50,000. */
const PAGE_ROWS = 1_000;

interface Props {
  readonly rows: readonly Row[];
  readonly layout: "split" | "unified";
  readonly onlyChanges: boolean;
  readonly leftName: string;
  readonly rightName: string;
}

interface UnifiedLine {
  readonly row: Row;
  readonly index: number;
  readonly side: "left" | "right";
}

function splitLines(rows: readonly Row[], from: number, to: number): { readonly row: Row; readonly index: number }[] {
  return rows.slice(from, to).map((row, offset) => ({ row, index: from + offset }));
}

/** The lines of the unified layout: in a changed block, all lines of the left side, then all of the right. */
function unifiedLines(rows: readonly Row[], from: number, to: number): UnifiedLine[] {
  const lines: UnifiedLine[] = [];
  let index = from;
  while (index < to) {
    const row = rows[index];
    if (row === undefined) break;
    let end = index + 1;
    while (row.mark !== "same" && end < to && rows[end]?.mark !== "same" && rows[end]?.difference === null) end += 1;
    const block = splitLines(rows, index, end);
    const lefts = block.filter(({ row: { left } }) => left !== null);
    lines.push(...lefts.map((line) => ({ ...line, side: "left" as const })));
    const rights = block.filter(({ row: { right, mark } }) => right !== null && mark !== "same");
    // Only the first line of the block names the difference, so that it is counted once.
    lines.push(
      ...rights.map((line) => ({
        side: "right" as const,
        index: line.index,
        row: lefts.length === 0 ? line.row : { ...line.row, difference: null },
      })),
    );
    index = end;
  }
  return lines;
}

/** Two bodies side by side or unified; the keys `n` and `p` move between differences. */
export function BodyDiff({ rows, layout, onlyChanges, leftName, rightName }: Props): ReactElement {
  const starts = useMemo(() => differenceRows(rows), [rows]);
  const [limit, setLimit] = useState(PAGE_ROWS);
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set());
  const [current, setCurrent] = useState(-1);
  const go = useCallback(
    (step: 1 | -1): void => {
      const next = Math.min(Math.max(current + step, 0), starts.length - 1);
      const row = starts[next];
      if (row === undefined) return;
      setCurrent(next);
      setLimit((last) => Math.max(last, Math.ceil((row + 1) / PAGE_ROWS) * PAGE_ROWS));
    },
    [current, starts],
  );
  const target = starts[current];
  useEffect(() => {
    if (target !== undefined) document.getElementById(`row-${target}`)?.scrollIntoView({ block: "center" });
  }, [target]);
  useKeys("Exchange", { n: () => go(1), p: () => go(-1) });

  const parts: readonly FoldedPart[] = onlyChanges ? foldUnchanged(rows) : [{ type: "rows", from: 0, to: rows.length }];
  const columns = layout === "split" ? 5 : 4;
  return (
    <>
      <div className="diff-bar">
        <output>
          {starts.length === 0
            ? "no differences"
            : current === -1
              ? formatPlural(starts.length, "difference")
              : `difference ${current + 1} of ${starts.length}`}
        </output>
        <button type="button" disabled={starts.length === 0} onClick={() => go(-1)}>
          Previous <kbd>p</kbd>
        </button>
        <button type="button" disabled={starts.length === 0} onClick={() => go(1)}>
          Next <kbd>n</kbd>
        </button>
      </div>
      <table className={`diff diff-${layout}`}>
        <caption className="visually-hidden">
          Bodies of {leftName} and {rightName}
        </caption>
        <colgroup>
          <col className="col-number" />
          {layout === "split" ? <col /> : <col className="col-number" />}
          <col className="col-glyph" />
          {layout === "split" ? <col className="col-number" /> : null}
          <col />
        </colgroup>
        <DiffHead layout={layout} leftName={leftName} rightName={rightName} />
        <tbody>
          {parts
            .filter(({ from }) => from < limit)
            .flatMap((part) => {
              if (part.type === "gap" && !opened.has(part.from)) {
                return (
                  <tr key={part.from} className="diff-gap">
                    <td colSpan={columns}>
                      <button type="button" onClick={() => setOpened((last) => new Set([...last, part.from]))}>
                        Show {formatPlural(part.to - part.from, "unchanged line")}
                      </button>
                    </td>
                  </tr>
                );
              }
              const to = Math.min(part.to, limit);
              if (layout === "unified") {
                return unifiedLines(rows, part.from, to).map(({ row, index, side }) => (
                  <UnifiedRow key={`${index} ${side}`} row={row} index={index} side={side} current={index === target} />
                ));
              }
              return splitLines(rows, part.from, to).map(({ row, index }) => (
                <SplitRow key={index} row={row} index={index} current={index === target} />
              ));
            })}
        </tbody>
      </table>
      {rows.length <= limit ? null : (
        <p className="diff-more">
          <button type="button" onClick={() => setLimit((last) => last + PAGE_ROWS)}>
            Show more ({formatPlural(rows.length, "line")} in total)
          </button>
        </p>
      )}
    </>
  );
}

function DiffHead({ layout, leftName, rightName }: Pick<Props, "layout" | "leftName" | "rightName">): ReactElement {
  if (layout === "split") {
    return (
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
    );
  }
  return (
    <thead>
      <tr>
        <th scope="col" colSpan={4}>
          − {leftName} &nbsp; + {rightName}
        </th>
      </tr>
    </thead>
  );
}
