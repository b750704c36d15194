import type { Row } from "./diff-row.ts";

/** Rows to show, or a gap that stands for unchanged ones. */
export type Part =
  | { readonly type: "rows"; readonly from: number; readonly to: number }
  | { readonly type: "gap"; readonly from: number; readonly to: number };

/** Unchanged rows that stay around a change. */
const CONTEXT = 3;

/** Splits rows into what is near a change and what is not; ends are exclusive. */
export function foldRows(rows: readonly Row[]): readonly Part[] {
  const near = new Uint8Array(rows.length);
  rows.forEach((row, index) => {
    if (row.mark !== "same") near.fill(1, Math.max(0, index - CONTEXT), index + CONTEXT + 1);
  });
  const parts: Part[] = [];
  let from = 0;
  for (let index = 1; index <= rows.length; index += 1) {
    if (index < rows.length && near[index] === near[from]) continue;
    parts.push({ type: near[from] === 1 ? "rows" : "gap", from, to: index });
    from = index;
  }
  return parts;
}
