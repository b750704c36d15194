import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { Status } from "../../../../src/model/status.ts";
import { Banner } from "../../ui/banner.tsx";
import { formatDateTime } from "../../ui/time.ts";

export function PausedBanner(): ReactElement {
  return (
    <Banner tone="bad" title="Mirroring is paused.">
      Candidates receive no requests; clients are served as usual. <Link to="/control">Open mirror control</Link>
    </Banner>
  );
}

/** A reload that failed, or that waits for a restart. */
export function ConfigBanners({ config }: Pick<Status, "config">): ReactElement {
  return (
    <>
      {config.error === null ? null : (
        <Banner tone="bad" title="The new configuration was rejected.">
          The configuration loaded at {formatDateTime(config.loadedAt)} stays active.
          <pre>{config.error}</pre>
        </Banner>
      )}
      {config.needsRestart.length === 0 ? null : (
        <Banner tone="warn" title="Restart required.">
          Changes to {config.needsRestart.join(", ")} take effect after a restart.
        </Banner>
      )}
    </>
  );
}
