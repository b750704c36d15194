import type { Row } from "./diff-row.ts";

/** A range of rows to show, or a gap of unchanged ones. Ends are exclusive. */
export type FoldedPart =
  | { readonly type: "rows"; readonly from: number; readonly to: number }
  | { readonly type: "gap"; readonly from: number; readonly to: number };

/** Unchanged rows to show before and after a change. */
const CONTEXT_ROWS = 3;

/** Splits rows into ranges near a change and gaps between them. */
export function foldUnchanged(rows: readonly Row[]): readonly FoldedPart[] {
  const near = new Uint8Array(rows.length);
  rows.forEach((row, index) => {
    if (row.mark !== "same") near.fill(1, Math.max(0, index - CONTEXT_ROWS), index + CONTEXT_ROWS + 1);
  });
  const parts: FoldedPart[] = [];
  let from = 0;
  for (let index = 1; index <= rows.length; index += 1) {
    if (index < rows.length && near[index] === near[from]) continue;
    parts.push({ type: near[from] === 1 ? "rows" : "gap", from, to: index });
    from = index;
  }
  return parts;
}
