import { useNavigate } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { useIsolationPreview, useStartIsolation, type IsolationSubject } from "../../data/isolations.ts";
import { useSelection } from "../../data/selection.ts";
import { SendDialog } from "../../send/send-dialog.tsx";
import { sendText } from "./isolation-words.ts";

/** Asks whether requests may be sent to isolate a cause. The URL says that it is open. */
export function IsolateDialog({ subject }: { readonly subject: IsolationSubject }): ReactElement {
  const { run, candidate } = useSelection();
  const scope = { run: run.id, candidate };
  const navigate = useNavigate();
  const preview = useIsolationPreview(scope, subject);
  const start = useStartIsolation(scope);
  const { signature, sampleId } = subject;
  const close = (isolation?: string): void =>
    void navigate({
      to: "/causes/$signature",
      params: { signature },
      search: (last) => ({ ...last, isolate: undefined, isolation: isolation ?? last.isolation }),
      resetScroll: false,
      replace: true,
    });
  return (
    <SendDialog
      title={sampleId === null ? "Isolate the next live request?" : "Isolate this exchange?"}
      action={sampleId === null ? "Wait for it and send" : "Send requests"}
      preview={start.isPending ? undefined : preview.data}
      error={start.error ?? preview.error}
      onConfirm={(secrets, methods) =>
        start.mutate({ ...subject, secrets, methods }, { onSuccess: ({ id }) => close(id) })
      }
      onClose={() => close()}
    >
      {preview.data === undefined ? null : <p>{sendText(preview.data)}</p>}
      {sampleId === null ? (
        <p className="hint">
          It starts with the next request of a client that shows the cause. The client is served as usual.
        </p>
      ) : null}
    </SendDialog>
  );
}
