import { useEffect, useRef } from "react";

/** The row of the last decision. */
interface Origin {
  readonly signature: string;
  /** Its place in the list. */
  readonly index: number;
  isOpen: boolean;
}

/**
 * When a decision is closed, the focus returns to the row of its cause, or goes to the one that took its place, so that several
 * causes can be decided one after the other by keyboard. The row can leave after the decision was closed.
 * @param signature of the cause that is being decided; undefined without an open decision
 */
export function useReturningFocus(signature: string | undefined): void {
  const origin = useRef<Origin | null>(null);
  useEffect(() => {
    const all = rows();
    if (signature !== undefined) {
      const index = all.findIndex((row) => row.dataset["cause"] === signature);
      origin.current = { signature, index, isOpen: true };
      return;
    }
    const { current } = origin;
    if (current === null) return;
    const own = all.find((row) => row.dataset["cause"] === current.signature);
    if (own !== undefined && !current.isOpen) return;
    current.isOpen = false;
    if (own === undefined) origin.current = null;
    if ((document.activeElement ?? document.body) !== document.body) return;
    const next = own ?? all[current.index] ?? all.at(-1);
    next?.querySelector<HTMLElement>("a, button")?.focus();
  });
}

function rows(): readonly HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("tr[data-cause]")];
}
