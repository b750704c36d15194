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

/** Other isolations that are listed. */
const MOST_OTHERS = 10;

interface Props {
  readonly signature: string;
  /** Each endpoint of a cause has reasons, and isolations, of its own. */
  readonly endpoint: string;
  readonly search: CauseSearch;
}

/** The smallest request that still shows a cause: how to find it, the isolation that runs, and earlier ones. */
export function IsolationPanel({ signature, endpoint, search }: Props): ReactElement {
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
        {isolations.data?.isolations.some(isActive) === true ? null : (
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
        )}
      </div>
      <QueryState query={isolations} what="the isolations">
        {({ isolations: all }) => <Shown all={all} signature={signature} endpoint={endpoint} search={search} />}
      </QueryState>
    </section>
  );
}

function Shown({ all, signature, endpoint, search }: Props & { readonly all: readonly Isolation[] }): ReactElement {
  const own = all.filter((each) => each.endpoint === endpoint);
  const shown = own.find(({ id }) => id === search.isolation) ?? own[0];
  const others = all.filter((each) => each !== shown).slice(0, MOST_OTHERS);
  return (
    <>
      {search.isolation === undefined || search.isolation === shown?.id ? null : (
        <p className="hint">The isolation of this link is of another endpoint, or no longer stored.</p>
      )}
      {shown === undefined ? <NoIsolation /> : <IsolationView key={shown.id} isolation={shown} />}
      {others.length === 0 ? null : (
        <details open={others.some(isActive)}>
          <summary>Other isolations of this cause</summary>
          <ul className="earlier-isolations">
            {others.map(({ id, state, startedAt, by, endpoint: name }) => (
              <li key={id}>
                <StateBadge state={state} />{" "}
                <Link
                  to="/causes/$signature"
                  params={{ signature }}
                  search={(last) => (name === endpoint ? { ...last, isolation: id } : { name, isolation: id })}
                  resetScroll={false}
                >
                  {formatDateTime(startedAt)}
                </Link>{" "}
                <span className="muted">
                  {name === endpoint ? "" : `on ${name} `}by {by}
                </span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function NoIsolation(): ReactElement {
  return (
    <p className="hint">
      Sends the request of a stored exchange again, without one part after the other, until only the parts are left that
      decide. Choose an exchange below, or isolate the next live request: it is sent with its secrets, which are not
      stored.
    </p>
  );
}
