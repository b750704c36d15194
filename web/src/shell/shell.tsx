import { useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useMatches, useSearch } from "@tanstack/react-router";
import { useMemo, useState, type ReactElement, type ReactNode } from "react";
import type { Run } from "../../../src/model/run.ts";
import { ApiError } from "../data/api-client.ts";
import { ConnectionContext } from "../data/connection-context.ts";
import { isStale } from "../data/connection.ts";
import { useLiveUpdates } from "../data/live-updates.ts";
import { useRuns, useStatus, type Runs } from "../data/queries.ts";

import { useKeys } from "../ui/use-keys.ts";
import type { RootSearch } from "../search-params.ts";
import { Banners } from "./banners/banners.tsx";
import { ConnectionBanner, RestartBanner } from "./banners/connection-banner.tsx";
import { UndoToast } from "../decide/undo-toast.tsx";
import { CopyLink } from "./copy-link.tsx";
import { HelpDialog } from "./help-dialog.tsx";
import { LiveIndicator } from "./live-indicator.tsx";
import { MainNavigation, NAVIGATION_ID } from "./main-navigation.tsx";
import { QueryState, useLastError } from "../ui/query-state.tsx";
import { SelectionContext, type Selection } from "../data/selection.ts";
import { RunPicker } from "./run-picker.tsx";
import { TokenForm } from "./token-form.tsx";
import "./shell.css";

function isUnauthorized(...errors: readonly (Error | null)[]): boolean {
  return errors.some((error) => error instanceof ApiError && error.status === 401);
}

/** The run and candidate named in the URL. Defaults: the current run, else the newest; its first candidate. */
function selectRun(
  { runs, current }: Runs = { runs: [], current: "" },
  requested: RootSearch,
): { readonly run: Run | undefined; readonly candidate: string | undefined } {
  const run =
    requested.run === undefined
      ? (runs.find(({ id }) => id === current) ?? runs[0])
      : runs.find(({ id }) => id === requested.run);
  const candidate =
    requested.candidate === undefined
      ? run?.candidates[0]
      : run?.candidates.find((name) => name === requested.candidate);
  return { run, candidate };
}

/**
 * Moves the focus to the first link of the next or previous element marked `data-row`. Without a focused row, forward
 * starts at the table marked `data-first-focus`, else at the first row; backward starts at the last row.
 */
function focusRow(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")];
  const current = rows.findIndex((row) => row.contains(document.activeElement));
  const first = Math.max(
    0,
    rows.findIndex((row) => row.closest("[data-first-focus]") !== null),
  );
  const next = rows[current === -1 ? (step === 1 ? first : rows.length - 1) : current + step];
  next?.querySelector<HTMLElement>("a, button")?.focus();
}

/** Header and banners, with the screen of the route below them. */
export function Shell(): ReactElement {
  const client = useQueryClient();
  const [isHelpOpen, setIsHelpOpen] = useState(false);
  const requested = useSearch({ from: "__root__" });
  const status = useStatus();
  const runs = useRuns();
  const needsRun = useNeedsRun();
  const isLocked = isUnauthorized(useLastError(status), useLastError(runs));
  const live = useLiveUpdates(status.isFetched && !isLocked);
  const { run, candidate } = selectRun(runs.data, requested);
  const selection = useMemo<Selection | null>(
    () => (run === undefined || candidate === undefined ? null : { run, candidate, status: status.data }),
    [run, candidate, status.data],
  );
  useKeys("Every page", { "?": () => setIsHelpOpen(true), j: () => focusRow(1), k: () => focusRow(-1) });

  if (isLocked) return <TokenForm onSignIn={() => void client.resetQueries()} />;
  return (
    <ConnectionContext value={live.connection}>
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      <header className="top-bar">
        <div className="top-row">
          <Link to="/" className="brand">
            <span className="brand-mark" aria-hidden="true" />
            <span className="brand-name">shadowdiff</span>
          </Link>
          <RunPicker runs={runs.data} run={run} candidate={candidate} />
          <LiveIndicator live={live} earlier={needsRun && run?.id !== runs.data?.current ? run : undefined} />
          <button
            type="button"
            className="icon-button"
            aria-label="Keyboard shortcuts"
            title="Keyboard shortcuts (?)"
            onClick={() => setIsHelpOpen(true)}
          >
            ?
          </button>
          <button type="button" className="icon-button menu-button" aria-label="Menu" popoverTarget={NAVIGATION_ID}>
            <span aria-hidden="true" />
          </button>
        </div>
        <MainNavigation>
          <CopyLink run={run?.id} candidate={candidate} />
        </MainNavigation>
      </header>
      <main id="main" tabIndex={-1}>
        <ConnectionBanner storePath={status.data?.store.path} />
        {live.replaced === null || status.data === undefined ? null : (
          <RestartBanner replaced={live.replaced} startedAt={status.data.startedAt} />
        )}
        {status.data === undefined ? null : <Banners status={status.data} />}
        <div className={isStale(live.connection) ? "stale" : undefined}>
          {needsRun ? (
            <QueryState query={runs} what="the runs">
              {(data) => <SelectedRun runs={data.runs} selection={selection} listenUrl={status.data?.listenUrl} />}
            </QueryState>
          ) : (
            <Outlet />
          )}
        </div>
      </main>
      <UndoToast />
      <HelpDialog open={isHelpOpen} onClose={() => setIsHelpOpen(false)} />
    </ConnectionContext>
  );
}

/** These screens show the process, and must work without the store. */
const OF_THE_PROCESS: ReadonlySet<string> = new Set(["/control", "/tail", "/configuration", "/replicas"]);

function useNeedsRun(): boolean {
  // The matches, unlike the location, change together with `Outlet`.
  const screens = useMatches({ select: (matches) => matches.map(({ routeId }) => routeId) });
  return !screens.some((id) => OF_THE_PROCESS.has(id));
}

interface SelectedRunProps {
  readonly runs: readonly Run[];
  readonly selection: Selection | null;
  readonly listenUrl: string | undefined;
}

/** Provides the selection to the screen, or says why there is none. */
function SelectedRun({ runs, selection, listenUrl }: SelectedRunProps): ReactNode {
  if (runs.length === 0) {
    return (
      <div className="empty-state">
        <h1>No traffic yet</h1>
        {listenUrl === undefined ? null : (
          <p>
            Send requests to <code>{listenUrl}</code>. The run appears once it is stored.
          </p>
        )}
      </div>
    );
  }
  if (selection === null) {
    return (
      <div className="empty-state">
        <h1>Run or candidate not found</h1>
        <p>
          It may have been deleted because of the retention limits.{" "}
          <Link to="/" search={{ run: undefined, candidate: undefined }}>
            Show the latest run
          </Link>
        </p>
      </div>
    );
  }
  return (
    <SelectionContext value={selection}>
      <Outlet />
    </SelectionContext>
  );
}

export function NotFound(): ReactElement {
  return (
    <div className="empty-state">
      <h1>Page not found</h1>
      <p>
        <Link to="/">Go to the overview</Link>
      </p>
    </div>
  );
}
