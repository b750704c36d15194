import type { KeyboardEvent } from "react";
import type { TreeRow } from "./build-field-tree.ts";

export interface TreeActions {
  readonly move: (index: number) => void;
  readonly toggle: (row: TreeRow, expanded: boolean) => void;
  /** Lists the exchanges that differ there. */
  readonly open: (row: TreeRow) => void;
  readonly check: (row: TreeRow) => void;
  readonly ignore: (row: TreeRow) => void;
}

/** Handles the keys of a treegrid (ARIA Authoring Practices), with `j` and `k` as on every screen. */
export function treeKeyHandler(
  rows: readonly TreeRow[],
  active: number,
  actions: TreeActions,
): (event: KeyboardEvent) => void {
  return (event) => {
    const row = rows[active];
    if (row === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = treeAction(event.key, row, active, rows.length, actions);
    if (act === undefined) return;
    event.preventDefault();
    // Keys of the page with the same name are about causes.
    event.stopPropagation();
    act();
  };
}

function treeAction(
  key: string,
  row: TreeRow,
  active: number,
  count: number,
  { move, toggle, open, check, ignore }: TreeActions,
): (() => void) | undefined {
  switch (key) {
    case "ArrowDown":
    case "j":
      return () => move(Math.min(count - 1, active + 1));
    case "ArrowUp":
    case "k":
      return () => move(Math.max(0, active - 1));
    case "Home":
      return () => move(0);
    case "End":
      return () => move(count - 1);
    case "ArrowRight":
      if (row.node.children.length === 0) return () => {};
      return row.isExpanded ? () => move(active + 1) : () => toggle(row, true);
    case "ArrowLeft":
      return row.isExpanded ? () => toggle(row, false) : () => move(Math.max(0, row.parent));
    case "Enter":
      return () => open(row);
    case " ":
    case "x":
      return () => check(row);
    case "i":
      return () => ignore(row);
    default:
      return undefined;
  }
}
