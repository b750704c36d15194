import { useEffect, useRef, type ReactElement } from "react";

const KEYS: readonly (readonly [string, string])[] = [
  ["/", "search endpoints"],
  ["j  k", "next, previous row"],
  ["Enter", "open the row"],
  ["n  p", "next, previous difference"],
  ["a  d", "accept, deny the open cause"],
  ["u", "take the decision about it back"],
  ["i", "ignore it by a rule"],
  ["?", "this help"],
  ["Esc", "close"],
];

/** The keys, as a modal dialog: the browser keeps the focus inside and closes it on Escape. */
export function HelpDialog({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} className="help" aria-labelledby="help-title" onClose={onClose}>
      <h2 id="help-title">Keys</h2>
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
