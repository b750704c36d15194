import { Link, useSearch } from "@tanstack/react-router";
import { useState, type ReactElement } from "react";
import { useConnection } from "../../data/connection-context.ts";
import type { Process } from "../../data/connection.ts";
import { Banner } from "../../ui/banner.tsx";
import { formatClock, formatDateTime } from "../../ui/time.ts";

/** Why the data on the screen is not of now, and what to do. Renders nothing while the connection is fine. */
export function ConnectionBanner({ storePath }: { readonly storePath: string | undefined }): ReactElement | null {
  const connection = useConnection();
  switch (connection.state) {
    case "disconnected":
      return (
        <Banner tone="bad" title={`Disconnected since ${formatClock(connection.since)}.`}>
          The page shows the data of that time. Check that shadowdiff runs and that this browser can reach it; the page
          reconnects on its own.
        </Banner>
      );
    case "unresponsive":
      return (
        <Banner tone="bad" title={`shadowdiff has not responded since ${formatClock(connection.since)}.`}>
          The page shows the data of that time. Its process accepts connections, but its main thread is blocked or
          suspended: check the processor time of the process and its log.
        </Banner>
      );
    case "stopped":
      return (
        <Banner tone="warn" title={`shadowdiff was stopped at ${formatClock(connection.since)}.`}>
          The page shows its last state.{" "}
          {storePath === undefined ? null : (
            <>
              The counts are kept: <code>shadowdiff report --store {storePath}</code>.{" "}
            </>
          )}
          The page reconnects when shadowdiff is started again at this address.
        </Banner>
      );
    case "connecting":
    case "live":
    case "reconnecting":
    default:
      return null;
  }
}

/** Says that another process responds now. @param replaced the one before */
export function RestartBanner({
  replaced,
  startedAt,
}: {
  readonly replaced: Process;
  readonly startedAt: number;
}): ReactElement | null {
  const [dismissed, setDismissed] = useState<number | null>(null);
  const { run } = useSearch({ from: "__root__" });
  if (dismissed === startedAt || run === replaced.runId) return null;
  return (
    <Banner tone="info" title={`shadowdiff was restarted at ${formatDateTime(startedAt)}.`}>
      A new run has begun, with new counts.{" "}
      <Link to="." search={(last) => ({ ...last, run: replaced.runId })}>
        Show this page for the run before
      </Link>{" "}
      <button type="button" onClick={() => setDismissed(startedAt)}>
        Dismiss
      </button>
    </Banner>
  );
}
