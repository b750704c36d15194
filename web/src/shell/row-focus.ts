/**
 * Moves the focus from row to row of what is on the page: the first link of each element marked `data-row`. Without a row that
 * has it, forwards begins at the table marked `data-begin`, or else at the first row.
 */
export function focusRow(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")];
  const current = rows.findIndex((row) => row.contains(document.activeElement));
  const begin = Math.max(
    0,
    rows.findIndex((row) => row.closest("[data-begin]") !== null),
  );
  const next = rows[current === -1 ? (step === 1 ? begin : rows.length - 1) : current + step];
  next?.querySelector<HTMLElement>("a, button")?.focus();
}
