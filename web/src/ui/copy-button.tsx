import { useState, type ReactElement } from "react";

interface Props {
  /** A function if the text is expensive to build. */
  readonly text: string | (() => string);
  readonly label?: string | undefined;
}

/** Copies a text. Without a clipboard (a page over plain HTTP) it asks the reader to select the text. */
export function CopyButton({ text, label = "Copy" }: Props): ReactElement {
  const [note, setNote] = useState("");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(typeof text === "string" ? text : text());
      setNote("Copied");
    } catch {
      setNote("The browser blocked copying. Select the text instead.");
    }
  };
  return (
    <>
      <button type="button" onClick={() => void copy()}>
        {label}
      </button>{" "}
      <output>{note}</output>
    </>
  );
}
