import { useRef, useState } from "react";

export interface SelectionRange {
  readonly selected: ReadonlySet<string>;
  /** Selects or deselects one. @param toRange everything from the last one on, in the order of the list */
  readonly toggle: (key: string, toRange?: boolean) => void;
  readonly replace: (keys: readonly string[]) => void;
}

/** Which entries of a list are selected. @param keys of the list, in order; those that are gone are no longer selected */
export function useSelectionRange(keys: readonly string[]): SelectionRange {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const anchor = useRef<string | null>(null);
  const selected = new Set(keys.filter((key) => chosen.has(key)));
  return {
    selected,
    toggle: (key, toRange = false) => {
      const from = toRange && anchor.current !== null ? keys.indexOf(anchor.current) : -1;
      const to = keys.indexOf(key);
      anchor.current = key;
      const next = new Set(selected);
      if (from >= 0 && to >= 0) {
        for (const each of keys.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(each);
      } else if (!next.delete(key)) next.add(key);
      setChosen(next);
    },
    replace: (next) => setChosen(new Set(next)),
  };
}
