import { useEffect, useRef, type ReactElement } from "react";

const KEYS: readonly (readonly [string, string])[] = [
  ["/", "Search endpoints"],
  ["j  k", "Next / previous row"],
  ["Enter", "Open the row"],
  ["n  p", "Next / previous difference"],
  ["a  d", "Accept / deny the open cause"],
  ["u", "Undo its review"],
  ["i", "Ignore it with a rule"],
  ["?", "Show this help"],
  ["Esc", "Close"],
];

/** Keyboard shortcuts in a modal dialog: the browser traps the focus and closes the dialog on Escape. */
export function HelpDialog({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} className="help" aria-labelledby="help-title" onClose={onClose}>
      <h2 id="help-title">Keyboard shortcuts</h2>
      <dl>
        {KEYS.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={onClose}>
        Close
      </button>
    </dialog>
  );
}
