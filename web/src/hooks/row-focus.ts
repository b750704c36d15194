/** Moves the focus from row to row of what is on the page: the first link of each element marked `data-row`. */
export function focusRow(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")];
  const current = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[current === -1 ? (step === 1 ? 0 : rows.length - 1) : current + step];
  next?.querySelector<HTMLElement>("a, button")?.focus();
}
