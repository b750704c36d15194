import { useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useMatch, useSearch } from "@tanstack/react-router";
import { useMemo, useState, type ReactElement, type ReactNode } from "react";
import type { Run } from "../../../src/model/run.ts";
import { ApiError } from "../data/api-client.ts";
import { useLive } from "../data/live-updates.ts";
import { useRuns, useStatus, type Runs } from "../data/queries.ts";
import { focusRow } from "./row-focus.ts";
import { useLastError } from "../ui/use-last-error.ts";
import { useKeys } from "../ui/use-keys.ts";
import type { RootSearch } from "../search-params.ts";
import { Banners } from "./banners.tsx";
import { HelpDialog } from "./help-dialog.tsx";
import { LiveIndicator } from "./live-indicator.tsx";
import { QueryState } from "../ui/query-state.tsx";
import { SelectionContext, type Selection } from "../data/selection.ts";
import { RunPicker } from "./run-picker.tsx";
import { TokenForm } from "./token-form.tsx";

function isLocked(...errors: readonly (Error | null)[]): boolean {
  return errors.some((error) => error instanceof ApiError && error.status === 401);
}

/** The run and candidate that the URL names; without a name the running one, or the newest. */
function choose(
  { runs, current }: Runs = { runs: [], current: "" },
  wanted: RootSearch,
): { readonly run: Run | undefined; readonly candidate: string | undefined } {
  const run =
    wanted.run === undefined
      ? (runs.find(({ id }) => id === current) ?? runs[0])
      : runs.find(({ id }) => id === wanted.run);
  const candidate =
    wanted.candidate === undefined ? run?.candidates[0] : run?.candidates.find((one) => one === wanted.candidate);
  return { run, candidate };
}

/** Header, banners, and the view of the route below them. */
export function Shell(): ReactElement {
  const client = useQueryClient();
  const [help, setHelp] = useState(false);
  const wanted = useSearch({ from: "__root__" });
  const status = useStatus();
  const runs = useRuns();
  // What steers the process must be there when the store is not. Asked of the matches, which change together with `Outlet`.
  const needsRun = useMatch({ from: "/control", shouldThrow: false }) === undefined;
  const locked = isLocked(useLastError(status), useLastError(runs));
  const live = useLive(status.isFetched && !locked);
  const { run, candidate } = choose(runs.data, wanted);
  const selection = useMemo<Selection | null>(
    () => (run === undefined || candidate === undefined ? null : { run, candidate, status: status.data }),
    [run, candidate, status.data],
  );
  useKeys({ "?": () => setHelp(true), j: () => focusRow(1), k: () => focusRow(-1) });

  if (locked) return <TokenForm onOpen={() => void client.resetQueries()} />;
  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header className="top">
        <Link to="/" className="brand">
          <span className="brand-mark" aria-hidden="true" />
          shadowdiff
        </Link>
        <nav aria-label="Views">
          <Link to="/" activeOptions={{ exact: true, includeSearch: false }}>
            Overview
          </Link>
          <Link to="/latency" activeOptions={{ includeSearch: false }}>
            Latency
          </Link>
          <Link to="/rules" activeOptions={{ includeSearch: false }}>
            Rules
          </Link>
          <Link to="/reviews" activeOptions={{ includeSearch: false }}>
            Reviews
          </Link>
          <Link to="/runs" activeOptions={{ includeSearch: false }}>
            Runs
          </Link>
          <Link to="/control" activeOptions={{ includeSearch: false }}>
            Mirror control
          </Link>
        </nav>
        <RunPicker runs={runs.data?.runs ?? []} run={run} candidate={candidate} />
        <LiveIndicator live={live} />
        <button type="button" className="quiet" aria-label="Keys" title="Keys (?)" onClick={() => setHelp(true)}>
          ?
        </button>
      </header>
      <main id="main" tabIndex={-1}>
        {status.data === undefined ? null : <Banners status={status.data} />}
        {needsRun ? (
          <QueryState query={runs} what="the runs">
            {(all) => <Chosen runs={all.runs} selection={selection} listenUrl={status.data?.listenUrl} />}
          </QueryState>
        ) : (
          <Outlet />
        )}
      </main>
      <HelpDialog open={help} onClose={() => setHelp(false)} />
    </>
  );
}

interface ChosenProps {
  readonly runs: readonly Run[];
  readonly selection: Selection | null;
  readonly listenUrl: string | undefined;
}

function Chosen({ runs, selection, listenUrl }: ChosenProps): ReactNode {
  if (runs.length === 0) {
    return (
      <div className="state">
        <h2>No traffic yet</h2>
        {listenUrl === undefined ? null : (
          <p>
            Send requests to <code>{listenUrl}</code>. The run appears once the store has taken it.
          </p>
        )}
      </div>
    );
  }
  if (selection === null) {
    return (
      <div className="state">
        <h2>There is no such run or candidate</h2>
        <p>
          It may have been deleted by age or size.{" "}
          <Link to="/" search={{ run: undefined, candidate: undefined }}>
            Show the newest run
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
