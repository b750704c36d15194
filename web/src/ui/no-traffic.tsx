import type { ReactElement } from "react";
import { useSelection } from "../data/selection.ts";

/** Empty state of a run without requests; for the current run it says where to send them. */
export function NoTraffic(): ReactElement {
  const { run, status } = useSelection();
  const isCurrent = status !== undefined && status.runId === run.id;
  return (
    <div className="empty-state">
      <h2>No traffic yet</h2>
      {isCurrent ? (
        <p>
          Send requests to <code>{status.listenUrl}</code>. The primary, {status.primary.name}, responds to them; the
          first comparisons appear here within two seconds.
        </p>
      ) : (
        <p>This run received no requests.</p>
      )}
    </div>
  );
}
