import type { ReactElement } from "react";
import { useSelection } from "../data/selection.ts";

/** Says how to begin, or that this run never had anything. */
export function NoTraffic(): ReactElement {
  const { run, status } = useSelection();
  const running = status !== undefined && status.runId === run.id;
  return (
    <div className="state">
      <h2>No traffic yet</h2>
      {running ? (
        <p>
          Send requests to <code>{status.listenUrl}</code>. The primary {status.primary.name} answers them; the first
          comparisons show here within two seconds.
        </p>
      ) : (
        <p>Nothing was received in this run.</p>
      )}
    </div>
  );
}
