import { useState, type ReactElement } from "react";
import { ErrorMessage } from "../ui/error-message.tsx";
import { useKeys } from "../ui/use-keys.ts";
import { dismissUndo, useUndoable, withdrawUndo, type Undoable } from "./undo-stack.ts";
import "./decide.css";

/** The last decision with a way to undo it, until it is dismissed. The key `u` undoes one decision after the other. */
export function UndoToast(): ReactElement {
  const undoable = useUndoable();
  const last = undoable.at(-1);
  const [undone, setUndone] = useState("");
  const [pending, setPending] = useState<Undoable | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const undo = async (): Promise<void> => {
    if (last === undefined || pending !== null) return;
    setPending(last);
    setError(null);
    try {
      await last.undo();
      setUndone(last.text);
      withdrawUndo(last);
    } catch (failure) {
      setError(failure instanceof Error ? failure : new Error(String(failure)));
    }
    setPending(null);
  };
  const dismiss = (): void => {
    setUndone("");
    setError(null);
    dismissUndo();
  };
  useKeys("Every page", { u: () => void undo() });
  const isEmpty = last === undefined && undone === "";
  return (
    <output className="undo-toast" data-empty={isEmpty ? "" : undefined}>
      {isEmpty ? null : (
        <>
          <span className="undo-text">
            {undone === "" ? null : <span className="muted">Undone: {undone}. </span>}
            {last === undefined ? null : <span>{last.text}.</span>}
          </span>
          {last === undefined ? null : (
            <button type="button" aria-keyshortcuts="u" disabled={pending !== null} onClick={() => void undo()}>
              Undo <kbd>u</kbd>
            </button>
          )}
          <button type="button" className="plain" onClick={dismiss}>
            Dismiss
          </button>
          <ErrorMessage error={error} />
        </>
      )}
    </output>
  );
}
