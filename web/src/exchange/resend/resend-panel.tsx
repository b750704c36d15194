import { useNavigate } from "@tanstack/react-router";
import { useState, type ReactElement } from "react";
import type { Resend } from "../../../../src/model/isolate/resend.ts";
import type { SampleDetail } from "../../../../src/model/sample.ts";
import { useResend, useResendPreview } from "../../data/resend.ts";
import { useSelection } from "../../data/selection.ts";
import type { SampleSearch } from "../../search-params.ts";
import { SendDialog } from "../../send/send-dialog.tsx";
import { useKeys } from "../../ui/use-keys.ts";
import { ResendResult } from "./resend-result.tsx";

interface Props {
  readonly sample: SampleDetail;
  readonly search: SampleSearch;
}

/** Asks before the stored request is sent again, and shows the fresh comparison. The URL says that it asks. */
export function ResendPanel({ sample, search }: Props): ReactElement {
  const { run, candidate } = useSelection();
  const scope = { run: run.id, candidate };
  const navigate = useNavigate();
  const isAsked = search.resend === "ask";
  const preview = useResendPreview(scope, sample.id, isAsked);
  const resend = useResend(scope, sample.id);
  const [resent, setResent] = useState<Resend>();
  const ask = (asks: boolean): void =>
    void navigate({
      to: "/sample/$id",
      params: { id: sample.id },
      search: (last) => ({ ...last, resend: asks ? "ask" : undefined }),
      resetScroll: false,
      replace: true,
    });
  useKeys("Exchange", { r: () => ask(true) });
  return (
    <>
      {resent === undefined || isAsked ? null : <ResendResult key={resent.at} sample={sample} resent={resent} />}
      {isAsked ? (
        <SendDialog
          title="Send this request again?"
          action="Send once to each"
          preview={resend.isPending ? undefined : preview.data}
          error={resend.error ?? preview.error}
          onConfirm={(secrets, methods) => {
            resend.mutate(
              { secrets, methods },
              {
                onSuccess(result) {
                  setResent(result);
                  ask(false);
                  // Typed-in values do not stay in memory.
                  resend.reset();
                },
              },
            );
          }}
          onClose={() => ask(false)}
        >
          <p>One request to each version. It never counts in the verdict.</p>
        </SendDialog>
      ) : null}
    </>
  );
}
