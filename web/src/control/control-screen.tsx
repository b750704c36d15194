import type { ReactElement } from "react";
import { useControl } from "../data/queries.ts";
import { ChangeList } from "./change-list.tsx";
import { KillSwitch } from "./kill-switch.tsx";
import { QueryState } from "../ui/query-state.tsx";
import { ShareTable } from "./share-table.tsx";
import { useTitle } from "../ui/use-title.ts";

/** `/control`: the kill switch, the shares, and who changed them. Of this process, whatever run is looked at. */
export function ControlScreen(): ReactElement {
  const control = useControl();
  useTitle("Mirror control");
  return (
    <QueryState query={control} what="the mirror control">
      {({ paused, candidates, changes }) => (
        <>
          <section className="panel" aria-labelledby="control-title">
            <h1 id="control-title">Mirror control</h1>
            <KillSwitch paused={paused} />
          </section>
          <section className="panel" aria-labelledby="shares-title">
            <h2 id="shares-title">Shares</h2>
            {candidates.length === 0 ? (
              <p className="soft">No route is mirrored.</p>
            ) : (
              <ShareTable candidates={candidates} />
            )}
            <p className="hint">
              A share that is set here holds at once and until the process ends, over reloads too. What stays belongs
              into the configuration. While a circuit breaker is open nothing is sent to the candidate, and what was due
              is counted as dropped; half open, the next copy probes it.
            </p>
          </section>
          <section className="panel" aria-labelledby="changes-title">
            <h2 id="changes-title">Changes</h2>
            <ChangeList changes={changes} />
          </section>
        </>
      )}
    </QueryState>
  );
}
