import type { ReactElement } from "react";
import type { Status } from "../../../../src/model/status.ts";
import { useConnection } from "../../data/connection-context.ts";
import { isStale } from "../../data/connection.ts";
import { ConfigBanners, PausedBanner } from "./control-banners.tsx";
import { ProcessBanners } from "./process-banners.tsx";
import { ReplicaBanners } from "./replica-banners.tsx";
import { LostDataBanners, StoreBanner } from "./store-banners.tsx";
import { UpstreamBanners } from "./upstream-banners.tsx";

/** Problems that affect the numbers on the screen, the worst first. Those of a process that is gone are history. */
export function Banners({ status }: { readonly status: Status }): ReactElement | null {
  if (isStale(useConnection())) return null;
  return (
    <>
      <StoreBanner store={status.store} />
      <UpstreamBanners down={status.down ?? []} />
      <LostDataBanners status={status} />
      {status.paused ? <PausedBanner /> : null}
      <ConfigBanners config={status.config} />
      <ProcessBanners status={status} />
      {status.replicas === undefined ? null : <ReplicaBanners replicas={status.replicas} />}
    </>
  );
}
