import type { ReactElement } from "react";
import type { Status } from "../../../../src/model/status.ts";
import { formatPlural } from "../../../../src/presentation/words/number-format.ts";
import { Banner } from "../../ui/banner.tsx";
import { formatDateTime } from "../../ui/time.ts";

export function StoreBanner({ store }: Pick<Status, "store">): ReactElement | null {
  if (store.error === null) return null;
  return (
    <Banner tone="bad" title="The store is failing, so this page is read-only.">
      {store.error} ({store.path}). Clients are served as usual; captured exchanges wait, and those beyond the limits
      are dropped and counted. Rules and reviews cannot be changed until the store works again.
    </Banner>
  );
}

/** Requests, files and exchanges that are gone. */
export function LostDataBanners({ status: { store, lostRequests = 0 } }: { readonly status: Status }): ReactElement {
  const { lostExchanges = 0, lostFileAt = null, path } = store;
  return (
    <>
      {lostRequests === 0 ? null : (
        <Banner tone="bad" title={`${formatPlural(lostRequests, "request")} lost.`}>
          The request accounting does not add up, so no number on this page is certain. This is a defect of shadowdiff;
          please report it.
        </Banner>
      )}
      {lostFileAt === null ? null : (
        <Banner tone="bad" title={`The store file was deleted, moved or replaced at ${formatDateTime(lostFileAt)}`}>
          ({path}). A new file was started, without the counts so far, earlier runs, rules and reviews.
        </Banner>
      )}
      {lostExchanges === 0 ? null : (
        <Banner tone="warn" title={`${formatPlural(lostExchanges, "captured exchange")} lost since startup:`}>
          the store rejected them, or its file is gone.
        </Banner>
      )}
    </>
  );
}
