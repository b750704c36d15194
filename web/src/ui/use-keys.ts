import { useLayoutEffect, useRef } from "react";
import type { KeyOf, KeyPart } from "./key-map.ts";

/** The first key of a sequence such as `g o`. */
const PREFIX = "g";
/** Time for the second key of a sequence. */
const SEQUENCE_MS = 1_500;

type KeyActions<Part extends KeyPart> = { readonly [Key in KeyOf<Part>]?: () => void };

/** Keys act on the page while a checkbox has the focus: it takes no text. */
const TYPING = 'input:not([type="checkbox"]), select, textarea, [contenteditable], dialog';

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest(TYPING) !== null;
}

/**
 * Runs an action when its key is pressed, except in form fields and dialogs and with a modifier.
 * @param _part of `KEY_MAP`, which lists the keys and what they do
 */
export function useKeys<Part extends KeyPart>(_part: Part, actions: KeyActions<Part>): void {
  const latest = useRef<Readonly<Record<string, (() => void) | undefined>>>(actions);
  // As soon as something is on the screen, keys act on it.
  useLayoutEffect(() => {
    latest.current = actions;
  });
  useLayoutEffect(() => {
    let prefixedUntil = 0;
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const name = event.timeStamp < prefixedUntil ? `${PREFIX} ${event.key}` : event.key;
      prefixedUntil = event.key === PREFIX ? event.timeStamp + SEQUENCE_MS : 0;
      const action = Object.hasOwn(latest.current, name) ? latest.current[name] : undefined;
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
