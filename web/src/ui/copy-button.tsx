import { useState, type ReactElement } from "react";

/** Copies a text. Without a clipboard (a page over plain HTTP) it asks the reader to select the text. */
export function CopyButton({ text }: { readonly text: string }): ReactElement {
  const [note, setNote] = useState("");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setNote("Copied");
    } catch {
      setNote("The browser blocked copying. Select the text instead.");
    }
  };
  return (
    <>
      <button type="button" onClick={() => void copy()}>
        Copy
      </button>{" "}
      <output>{note}</output>
    </>
  );
}
