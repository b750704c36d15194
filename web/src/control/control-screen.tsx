import type { ReactElement } from "react";
import { useControl } from "../data/queries.ts";
import { QueryState } from "../ui/query-state.tsx";
import { useTitle } from "../ui/use-title.ts";
import { ChangeList } from "./change-list.tsx";
import { Reach } from "./reach.tsx";
import { ProbeCount } from "./probe-count.tsx";
import { KillSwitch } from "./kill-switch.tsx";
import { SamplingTables } from "./sampling-table.tsx";
import { ShareTable } from "./share-table.tsx";
import "./control.css";

/**
 * `/control`: the kill switch, the mirrored shares and their changes. Applies to the process, or to all replicas of its store, not to
 * the selected run.
 */
export function ControlScreen(): ReactElement {
  const control = useControl();
  useTitle("Mirror control");
  return (
    <QueryState query={control} what="mirror control">
      {({ paused, candidates, changes, reach }) => (
        <>
          <section className="panel" aria-labelledby="control-title">
            <h1 id="control-title">Mirror control</h1>
            <KillSwitch paused={paused} />
            {reach === undefined ? null : <Reach reach={reach} />}
            <ProbeCount />
          </section>
          <section className="panel" aria-labelledby="shares-title">
            <h2 id="shares-title">Mirrored share</h2>
            {candidates.length === 0 ? (
              <p className="muted">No route has a candidate.</p>
            ) : (
              <ShareTable candidates={candidates} />
            )}
            <p className="hint">
              {reach === undefined
                ? "A share set here takes effect immediately and survives a reload but not a restart. To make it permanent, change the configuration."
                : "A share set here takes effect on all replicas, and is kept in the store."}{" "}
              While a circuit breaker is open, the candidate receives no requests, and the requests it would have
              received are counted as dropped. When the breaker is half open, the next mirrored request is a probe.
            </p>
          </section>
          <SamplingTables candidates={candidates} />
          <section className="panel" aria-labelledby="changes-title">
            <h2 id="changes-title">Changes</h2>
            <ChangeList changes={changes} isShared={reach !== undefined} />
          </section>
        </>
      )}
    </QueryState>
  );
}
