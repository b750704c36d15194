import { useEffect, useState, type ReactElement } from "react";
import { ErrorMessage } from "../ui/error-message.tsx";
import { useKeys } from "../ui/use-keys.ts";
import { dismissUndo, useUndoable, withdrawUndo, type Undoable } from "./undo-stack.ts";
import "./decide.css";

/** The toast must not cover the page for long; `u` and the list of reviews undo later. */
const SHOWN_MS = 10_000;

/** What was undone, and the decision that is the last one since. */
interface Undone {
  readonly text: string;
  readonly last: Undoable | undefined;
}

/** Says the last thing that happened, with a way to undo it. The key `u` undoes one decision after the other. */
export function UndoToast(): ReactElement {
  const undoable = useUndoable();
  const last = undoable.at(-1);
  const [undone, setUndone] = useState<Undone | null>(null);
  const [pending, setPending] = useState<Undoable | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const undo = async (): Promise<void> => {
    if (last === undefined || pending !== null) return;
    setPending(last);
    setError(null);
    try {
      await last.undo();
      setUndone({ text: last.text, last: undoable.at(-2) });
      withdrawUndo(last);
    } catch (failure) {
      setError(failure instanceof Error ? failure : new Error(String(failure)));
    }
    setPending(null);
  };
  const dismiss = (): void => {
    setUndone(null);
    setError(null);
    dismissUndo();
  };
  useKeys("Every page", { u: () => void undo() });
  // A later decision replaces the text about an earlier one.
  const isUndone = undone !== null && undone.last === last;
  const text = isUndone ? `Undone: ${undone.text}` : (last?.text ?? "");
  const isShown = useShownFor(SHOWN_MS, isUndone ? undone : last) && text !== "";
  return (
    <output className="undo-toast" data-empty={isShown || error !== null ? undefined : ""}>
      {isShown || error !== null ? (
        <>
          <span className="undo-text">{text}.</span>
          {last === undefined || isUndone ? null : (
            <button type="button" aria-keyshortcuts="u" disabled={pending !== null} onClick={() => void undo()}>
              Undo <kbd>u</kbd>
            </button>
          )}
          <button type="button" onClick={dismiss}>
            Dismiss
          </button>
          <ErrorMessage error={error} />
        </>
      ) : null}
    </output>
  );
}

/** Whether less than `ms` have passed since the value changed. */
function useShownFor(ms: number, value: unknown): boolean {
  const [expired, setExpired] = useState<unknown>(undefined);
  useEffect(() => {
    const timer = setTimeout(() => setExpired(value), ms);
    return () => clearTimeout(timer);
  }, [ms, value]);
  return expired !== value;
}
