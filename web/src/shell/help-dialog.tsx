import { useEffect, useRef, type ReactElement } from "react";
import { KEY_MAP } from "../ui/key-map.ts";

/** Keyboard shortcuts in a modal dialog: the browser traps the focus and closes the dialog on Escape. */
export function HelpDialog({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} className="help" aria-labelledby="help-title" onClose={onClose}>
      <div className="panel-head">
        <h2 id="help-title">Keyboard shortcuts</h2>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
      <div className="help-parts">
        {Object.entries(KEY_MAP).map(([part, keys]) => (
          <section key={part}>
            <h3>{part}</h3>
            <dl>
              {Object.entries(keys).map(([key, meaning]) => (
                <div key={key}>
                  <dt>
                    {key.split(" ").map((each) => (
                      <kbd key={each}>{each}</kbd>
                    ))}
                  </dt>
                  <dd>{meaning}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p className="hint">
        Enter opens the focused row, Escape closes a dialog. Keys do not act while you type in a field.
      </p>
    </dialog>
  );
}
