import { useState, type ReactElement } from "react";
import { usePause } from "../data/control-changes.ts";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";
import { ErrorMessage } from "../ui/error-message.tsx";

const TEXTS = {
  pause: {
    state: "Mirroring is on.",
    title: "Pause all mirroring?",
    action: "Pause mirroring",
    effect:
      "Candidates and the secondary receive no requests until you resume. Clients are served as usual, and every request is counted as not mirrored (paused).",
  },
  resume: {
    state: "Mirroring is paused. Candidates receive no requests.",
    title: "Resume mirroring?",
    action: "Resume mirroring",
    effect: "Candidates receive their share of the requests again immediately.",
  },
} as const;

/** The button that pauses or resumes all mirroring after a confirmation. */
export function KillSwitch({ paused }: { readonly paused: boolean }): ReactElement {
  const [isConfirming, setIsConfirming] = useState(false);
  const pause = usePause();
  const { state, title, action, effect } = TEXTS[paused ? "resume" : "pause"];
  return (
    <div className="kill-switch">
      <output>{state}</output>
      <button type="button" className="primary" disabled={pause.isPending} onClick={() => setIsConfirming(true)}>
        {action}
      </button>
      <ErrorMessage error={pause.error} />
      <ConfirmDialog
        open={isConfirming}
        title={title}
        action={action}
        onConfirm={() => pause.mutate({ paused: !paused })}
        onClose={() => setIsConfirming(false)}
      >
        <p>{effect}</p>
      </ConfirmDialog>
    </div>
  );
}
