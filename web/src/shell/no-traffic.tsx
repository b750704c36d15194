import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { useRuns } from "../data/queries.ts";
import { useSelection } from "../data/selection.ts";

/** Empty state of a run without requests; for the current run it says where to send them. */
export function NoTraffic(): ReactElement {
  const { run, candidate, status } = useSelection();
  const { data } = useRuns();
  // `run end` begins the next run at once, and its reader still wants the one that ended.
  const [ended] = (data?.runs ?? [])
    .filter(({ id, endedAt, candidates }) => id !== run.id && endedAt !== null && candidates.includes(candidate))
    .toSorted((one, other) => (other.endedAt ?? 0) - (one.endedAt ?? 0));
  const isCurrent = status !== undefined && status.runId === run.id;
  return (
    <div className="empty-state">
      <h1>No traffic yet</h1>
      {isCurrent ? (
        <p>
          Send requests to <code>{status.listenUrl}</code>. The primary, {status.primary.name}, responds to them; the
          first comparisons appear here within two seconds.
        </p>
      ) : (
        <p>This run received no requests.</p>
      )}
      {ended === undefined ? null : (
        <p>
          <Link to="/" search={{ run: ended.id, candidate }}>
            Show {ended.name}, the run that ended last
          </Link>
        </p>
      )}
    </div>
  );
}
