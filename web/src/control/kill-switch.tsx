import { useState, type ReactElement } from "react";
import { usePause } from "../data/control-changes.ts";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";

const WORDS = {
  pause: {
    state: "Requests are mirrored.",
    title: "Pause all mirroring?",
    action: "Pause mirroring",
    effect:
      "No candidate and no secondary gets another request until mirroring is resumed. Clients are served as before, and every request is counted as not mirrored (paused).",
  },
  resume: {
    state: "Mirroring is paused: no candidate gets a request.",
    title: "Resume mirroring?",
    action: "Resume mirroring",
    effect: "The candidates get their shares of the requests again, at once.",
  },
} as const;

/** One button for all mirroring, with a question before it. */
export function KillSwitch({ paused }: { readonly paused: boolean }): ReactElement {
  const [asking, setAsking] = useState(false);
  const pause = usePause();
  const { state, title, action, effect } = WORDS[paused ? "resume" : "pause"];
  return (
    <div className="kill-switch">
      <output>{state}</output>
      <button type="button" className="primary" disabled={pause.isPending} onClick={() => setAsking(true)}>
        {action}
      </button>
      {pause.error === null ? null : (
        <p className="problem" role="alert">
          {pause.error.message}
        </p>
      )}
      <ConfirmDialog
        open={asking}
        title={title}
        action={action}
        onConfirm={() => pause.mutate({ paused: !paused })}
        onClose={() => setAsking(false)}
      >
        <p>{effect}</p>
      </ConfirmDialog>
    </div>
  );
}
