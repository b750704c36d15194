import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { Status } from "../../../src/model/status.ts";
import { failureText, upstreamText } from "../../../src/presentation/words/failure-words.ts";
import { formatCount, formatPlural } from "../../../src/presentation/words/number-format.ts";
import { formatDateTime } from "../ui/time.ts";

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Problems that affect the numbers on the screen. */
export function Banners({ status }: { readonly status: Status }): ReactElement {
  const { store, threads, paused, config } = status;
  const lost = store.lostExchanges ?? 0;
  const lostRequests = status.lostRequests ?? 0;
  const lostFileAt = store.lostFileAt ?? null;
  const restarted = threads.filter((thread) => thread.restarts > 0);
  return (
    <>
      {store.error === null ? null : (
        <p className="banner banner-bad" role="alert">
          <strong>The store is failing.</strong> {store.error} ({store.path}). Clients are served as usual; captured
          exchanges are lost, and each loss is counted.
        </p>
      )}
      {(status.down ?? []).map((upstream) => (
        <p
          key={`${upstream.subset} ${upstream.address}`}
          className={`banner banner-${upstream.role === "primary" ? "bad" : "warn"}`}
          role="alert"
        >
          <strong>{sentence(upstreamText(upstream))} is down</strong> since {formatDateTime(upstream.since)}:{" "}
          {failureText(upstream)}. {formatPlural(upstream.failed, "request")} failed so far.
        </p>
      ))}
      {lostRequests === 0 ? null : (
        <p className="banner banner-bad" role="alert">
          <strong>{formatPlural(lostRequests, "request")} lost.</strong> The request accounting does not add up, so no
          number on this page is certain. This is a defect of shadowdiff; please report it.
        </p>
      )}
      {lostFileAt === null ? null : (
        <p className="banner banner-bad" role="alert">
          <strong>The store file was deleted, moved or replaced</strong> at {formatDateTime(lostFileAt)} ({store.path}).
          A new file was started, without the counts so far, earlier runs, rules and reviews.
        </p>
      )}
      {paused ? (
        <p className="banner banner-bad" role="alert">
          <strong>Mirroring is paused.</strong> Candidates receive no requests; clients are served as usual.{" "}
          <Link to="/control">Open mirror control</Link>
        </p>
      ) : null}
      {config.error === null ? null : (
        <div className="banner banner-bad" role="alert">
          <strong>The new configuration was rejected.</strong> The configuration loaded at{" "}
          {formatDateTime(config.loadedAt)} stays active.
          <pre>{config.error}</pre>
        </div>
      )}
      {config.needsRestart.length === 0 ? null : (
        <output className="banner banner-warn">
          <strong>Restart required.</strong> Changes to {config.needsRestart.join(", ")} take effect after a restart.
        </output>
      )}
      {lost === 0 ? null : (
        <output className="banner banner-warn">
          <strong>{formatPlural(lost, "captured exchange")} lost</strong> since startup: the store rejected them, or its
          file is gone.
        </output>
      )}
      {restarted.length === 0 ? null : (
        <output className="banner banner-warn">
          <strong>Threads restarted:</strong>{" "}
          {restarted.map((thread) => `${thread.name} ${formatCount(thread.restarts)}×`).join(", ")}. Exchanges they were
          working on are counted as skipped.
        </output>
      )}
      {status.draining ? (
        <output className="banner banner-warn">
          <strong>Shutting down.</strong> Exchanges in flight are being completed.
        </output>
      ) : null}
    </>
  );
}
