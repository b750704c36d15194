import { useEffect, useRef } from "react";

/**
 * When a decision is closed, the focus returns to the row of its cause, or goes to the one that took its place, so that several
 * causes can be decided one after the other by keyboard.
 * @param signature of the cause that is being decided; undefined without an open decision
 */
export function useReturningFocus(signature: string | undefined): void {
  const last = useRef<{ readonly signature: string; readonly index: number } | null>(null);
  useEffect(() => {
    if (signature !== undefined) {
      last.current = { signature, index: rows().findIndex((row) => row.dataset["cause"] === signature) };
      return;
    }
    const { current } = last;
    last.current = null;
    if (current === null || (document.activeElement ?? document.body) !== document.body) return;
    const all = rows();
    const next = all.find((row) => row.dataset["cause"] === current.signature) ?? all[current.index] ?? all.at(-1);
    next?.querySelector<HTMLElement>("a, button")?.focus();
  }, [signature]);
}

function rows(): readonly HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("tr[data-cause]")];
}
