import { useSyncExternalStore } from "react";

/** A decision that can be undone. */
export interface Undoable {
  /** In the past tense: `Accepted 3 causes`. */
  readonly text: string;
  /** Resolves when the screens show the state before the decision. */
  readonly undo: () => Promise<unknown>;
}

/** Older decisions are undone under Reviews and Rules. */
const MAX_UNDOABLE = 20;

let stack: readonly Undoable[] = [];
const listeners = new Set<() => void>();

function replace(next: readonly Undoable[]): void {
  stack = next;
  for (const listener of listeners) listener();
}

/** Offers to undo a decision until it is undone or dismissed, on every screen. */
export function offerUndo(undoable: Undoable): void {
  replace([...stack, undoable].slice(-MAX_UNDOABLE));
}

/** Takes a decision off the stack, because it was undone. */
export function withdrawUndo(undoable: Undoable): void {
  replace(stack.filter((each) => each !== undoable));
}

export function dismissUndo(): void {
  replace([]);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The decisions that can be undone, newest last. */
export function useUndoable(): readonly Undoable[] {
  return useSyncExternalStore(subscribe, () => stack);
}
