import { useEffect, useState, type ReactElement } from "react";

const NOTE_MS = 3_000;

interface Props {
  /** Id of the run on the screen; undefined while there is none. */
  readonly run: string | undefined;
  readonly candidate: string | undefined;
}

/** Copies the address of this view with its run: without it, a link would show the run that is current when it is opened. */
export function CopyLink({ run, candidate }: Props): ReactElement {
  const [note, setNote] = useState("");
  useEffect(() => {
    if (note === "") return undefined;
    const timer = setTimeout(() => setNote(""), NOTE_MS);
    return () => clearTimeout(timer);
  }, [note]);
  const copy = async (): Promise<void> => {
    const url = new URL(location.href);
    if (run !== undefined) url.searchParams.set("run", run);
    if (candidate !== undefined) url.searchParams.set("candidate", candidate);
    try {
      await navigator.clipboard.writeText(url.href);
      setNote("Link copied");
    } catch {
      // Without a clipboard, on a page over plain HTTP, the address bar has the link.
      history.replaceState(history.state, "", url);
      setNote("Copy the address of this page");
    }
  };
  return (
    <button
      type="button"
      className="copy-link"
      title="Copies the address of this view, with its run and candidate"
      onClick={() => void copy()}
    >
      <output>{note === "" ? "Copy link" : note}</output>
    </button>
  );
}
