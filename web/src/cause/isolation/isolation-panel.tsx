import { Link } from "@tanstack/react-router";
import { useEffect, useRef, type ReactElement } from "react";
import type { Isolation } from "../../../../src/model/isolate/isolation.ts";
import { isActive, useIsolations } from "../../data/isolations.ts";
import { useSelection } from "../../data/selection.ts";
import type { CauseSearch } from "../../search-params.ts";
import { QueryState } from "../../ui/query-state.tsx";
import { formatDateTime } from "../../ui/time.ts";
import { LIVE } from "../use-cause-keys.ts";
import { IsolationView } from "./isolation-view.tsx";
import { StateBadge } from "./state-badge.tsx";

/** Earlier isolations that are listed. */
const MOST_EARLIER = 10;

interface Props {
  readonly signature: string;
  readonly search: CauseSearch;
}

/** The smallest request that still shows a cause: how to find it, the isolation that runs, and earlier ones. */
export function IsolationPanel({ signature, search }: Props): ReactElement {
  const { run, candidate } = useSelection();
  const isolations = useIsolations({ run: run.id, candidate }, signature);
  const title = useRef<HTMLHeadingElement>(null);
  const { isolation } = search;
  // One that was just started, or that a link is about, may be out of sight.
  useEffect(() => {
    if (isolation !== undefined) title.current?.focus();
  }, [isolation]);
  return (
    <section className="panel" aria-labelledby="isolation-title" data-isolation>
      <div className="panel-head">
        <h2 id="isolation-title" ref={title} tabIndex={-1}>
          The smallest request that shows it
        </h2>
        <Link
          to="/causes/$signature"
          params={{ signature }}
          search={(last) => ({ ...last, isolate: LIVE })}
          resetScroll={false}
          className="button"
          data-arm
        >
          Isolate the next live request
        </Link>
      </div>
      <QueryState query={isolations} what="the isolations">
        {({ isolations: all }) => <Shown all={all} signature={signature} search={search} />}
      </QueryState>
    </section>
  );
}

function Shown({ all, signature, search }: Props & { readonly all: readonly Isolation[] }): ReactElement {
  const shown = all.find(({ id }) => id === search.isolation) ?? all[0];
  if (shown === undefined) {
    return (
      <p className="hint">
        Sends the request of a stored exchange again, without one part after the other, until only the parts are left
        that decide. Choose an exchange below, or isolate the next live request: it is sent with its secrets, which are
        not stored.
      </p>
    );
  }
  const earlier = all.filter((each) => each !== shown).slice(0, MOST_EARLIER);
  return (
    <>
      {search.isolation === undefined || search.isolation === shown.id ? null : (
        <p className="hint">The isolation of this link is no longer stored. This is the newest one.</p>
      )}
      <IsolationView key={shown.id} isolation={shown} />
      {earlier.length === 0 ? null : (
        <details open={earlier.some(isActive)}>
          <summary>Other isolations of this cause</summary>
          <ul className="earlier-isolations">
            {earlier.map(({ id, state, startedAt, by }) => (
              <li key={id}>
                <StateBadge state={state} />{" "}
                <Link
                  to="/causes/$signature"
                  params={{ signature }}
                  search={(last) => ({ ...last, isolation: id })}
                  resetScroll={false}
                >
                  {formatDateTime(startedAt)}
                </Link>{" "}
                <span className="muted">by {by}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
