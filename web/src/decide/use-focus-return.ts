import { useEffect, useState } from "react";

/** The row of a list that has the focus, and its place in the page. */
interface Origin {
  readonly element: Element | null;
  /** Of its row among all rows; -1 outside of one. */
  readonly row: number;
}

function rowsOfPage(): readonly HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-row]")];
}

function currentOrigin(): Origin {
  const element = document.activeElement;
  return { element, row: rowsOfPage().findIndex((row) => row.contains(element)) };
}

/**
 * Gives the focus back when the component goes: to what had it before, or, if the decision took that away, to the row that has
 * moved up to its place.
 */
export function useFocusReturn(): void {
  const [origin] = useState(currentOrigin);
  useEffect(
    () => () => {
      // Whoever works elsewhere by now keeps the focus.
      if (document.activeElement !== document.body && document.activeElement !== null) return;
      if (origin.element instanceof HTMLElement && origin.element.isConnected) {
        origin.element.focus();
        return;
      }
      const rows = rowsOfPage();
      rows[Math.min(origin.row, rows.length - 1)]?.querySelector<HTMLElement>("a, button")?.focus();
    },
    [origin],
  );
}
