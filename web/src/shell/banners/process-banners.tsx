import type { ReactElement } from "react";
import type { Status } from "../../../../src/model/status.ts";
import { formatCount } from "../../../../src/presentation/words/number-format.ts";
import { Banner } from "../../ui/banner.tsx";

/** Threads that were restarted, and a shutdown that has begun. */
export function ProcessBanners({ status }: { readonly status: Status }): ReactElement {
  const restarted = status.threads.filter((thread) => thread.restarts > 0);
  return (
    <>
      {restarted.length === 0 ? null : (
        <Banner tone="warn" title="Threads restarted:">
          {restarted.map((thread) => `${thread.name} ${formatCount(thread.restarts)}×`).join(", ")}. Exchanges they were
          working on are counted as skipped.
        </Banner>
      )}
      {status.draining ? (
        <Banner tone="warn" title="Shutting down.">
          Exchanges in flight are being completed.
        </Banner>
      ) : null}
    </>
  );
}
