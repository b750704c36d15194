import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { Status } from "../../../src/model/status.ts";
import { formatCount, plural } from "../ui/numbers.ts";
import { formatDateTime } from "../ui/time.ts";

/** What a person must know before believing the numbers. */
export function Banners({ status }: { readonly status: Status }): ReactElement {
  const { store, threads, paused, config } = status;
  const lost = store.lostExchanges ?? 0;
  const restarted = threads.filter((thread) => thread.restarts > 0);
  return (
    <>
      {store.error === null ? null : (
        <p className="banner banner-bad" role="alert">
          <strong>Nothing is being stored.</strong> {store.error} ({store.path}). Clients are served as before; what is
          captured meanwhile is lost and counted.
        </p>
      )}
      {paused ? (
        <p className="banner banner-bad" role="alert">
          <strong>Mirroring is paused.</strong> No candidate gets a request; clients are served as before.{" "}
          <Link to="/control">Mirror control</Link>
        </p>
      ) : null}
      {config.error === null ? null : (
        <div className="banner banner-bad" role="alert">
          <strong>The new configuration was refused</strong>; the one before, of {formatDateTime(config.loadedAt)}, is
          in force.
          <pre>{config.error}</pre>
        </div>
      )}
      {config.needsRestart.length === 0 ? null : (
        <output className="banner banner-warn">
          <strong>A restart is needed</strong> for what has changed in {config.needsRestart.join(", ")}.
        </output>
      )}
      {lost === 0 ? null : (
        <output className="banner banner-warn">
          <strong>{plural(lost, "captured exchange")} lost</strong> since the start, because the store did not take
          them.
        </output>
      )}
      {restarted.length === 0 ? null : (
        <output className="banner banner-warn">
          <strong>Threads were replaced:</strong>{" "}
          {restarted.map((thread) => `${thread.name} ${formatCount(thread.restarts)}×`).join(", ")}. What they had in
          hand is counted as skipped.
        </output>
      )}
      {status.draining ? (
        <output className="banner banner-warn">
          <strong>Stopping:</strong> open exchanges are being finished.
        </output>
      ) : null}
    </>
  );
}
