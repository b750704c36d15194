import { useCallback, useEffect, useMemo, useState, type ReactElement } from "react";
import { foldRows, type Part } from "./diff/fold-unchanged.ts";
import { differenceRows, type Row } from "./diff/diff-row.ts";
import { plural } from "../ui/numbers.ts";
import { useKeys } from "../ui/use-keys.ts";
import { SplitRow, UnifiedRow } from "./diff-rows.tsx";

/** More rows than these are shown when they are asked for; a megabyte of JSON has some fifty thousand. */
const PAGE = 1_000;

interface Props {
  readonly rows: readonly Row[];
  readonly layout: "split" | "unified";
  readonly onlyChanges: boolean;
  readonly leftName: string;
  readonly rightName: string;
}

interface Shown {
  readonly row: Row;
  readonly index: number;
  readonly side: "left" | "right";
}

function split(rows: readonly Row[], from: number, to: number): { readonly row: Row; readonly index: number }[] {
  return rows.slice(from, to).map((row, offset) => ({ row, index: from + offset }));
}

/** The lines of the unified layout: within a changed block first all of the left side, then all of the right. */
function unified(rows: readonly Row[], from: number, to: number): Shown[] {
  const shown: Shown[] = [];
  let index = from;
  while (index < to) {
    const row = rows[index];
    if (row === undefined) break;
    let end = index + 1;
    while (row.mark !== "same" && end < to && rows[end]?.mark !== "same" && rows[end]?.difference === null) end += 1;
    const block = split(rows, index, end);
    const lefts = block.filter((one) => one.row.left !== null);
    shown.push(...lefts.map((one) => ({ ...one, side: "left" as const })));
    const rights = block.filter((one) => one.row.right !== null && one.row.mark !== "same");
    // Only the block's first line carries its name, or one difference would be found twice.
    shown.push(
      ...rights.map((one) => ({
        side: "right" as const,
        index: one.index,
        row: lefts.length === 0 ? one.row : { ...one.row, difference: null },
      })),
    );
    index = end;
  }
  return shown;
}

/** Two bodies, line beside line or line below line, with `n` and `p` from difference to difference. */
export function BodyDiff({ rows, layout, onlyChanges, leftName, rightName }: Props): ReactElement {
  const starts = useMemo(() => differenceRows(rows), [rows]);
  const [limit, setLimit] = useState(PAGE);
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set());
  const [current, setCurrent] = useState(-1);
  const go = useCallback(
    (step: 1 | -1): void => {
      const next = Math.min(Math.max(current + step, 0), starts.length - 1);
      const row = starts[next];
      if (row === undefined) return;
      setCurrent(next);
      setLimit((last) => Math.max(last, Math.ceil((row + 1) / PAGE) * PAGE));
    },
    [current, starts],
  );
  const target = starts[current];
  useEffect(() => {
    if (target !== undefined) document.getElementById(`row-${target}`)?.scrollIntoView({ block: "center" });
  }, [target]);
  useKeys({ n: () => go(1), p: () => go(-1) });

  const parts: readonly Part[] = onlyChanges ? foldRows(rows) : [{ type: "rows", from: 0, to: rows.length }];
  const columns = layout === "split" ? 5 : 4;
  return (
    <>
      <div className="diff-bar">
        <output>
          {starts.length === 0
            ? "no difference"
            : current === -1
              ? plural(starts.length, "difference")
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
        <caption className="hidden">
          Body of {leftName} and of {rightName}
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
                  <tr key={part.from} className="gap">
                    <td colSpan={columns}>
                      <button type="button" onClick={() => setOpened((last) => new Set([...last, part.from]))}>
                        Show {plural(part.to - part.from, "unchanged line")}
                      </button>
                    </td>
                  </tr>
                );
              }
              const to = Math.min(part.to, limit);
              if (layout === "unified") {
                return unified(rows, part.from, to).map(({ row, index, side }) => (
                  <UnifiedRow key={`${index} ${side}`} row={row} index={index} side={side} current={index === target} />
                ));
              }
              return split(rows, part.from, to).map(({ row, index }) => (
                <SplitRow key={index} row={row} index={index} current={index === target} />
              ));
            })}
        </tbody>
      </table>
      {rows.length <= limit ? null : (
        <p className="more">
          <button type="button" onClick={() => setLimit((last) => last + PAGE)}>
            Show more of {plural(rows.length, "line")}
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
            <span className="hidden">change</span>
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
