import type { ReactElement } from "react";
import { formatPlural } from "../../../src/presentation/words/number-format.ts";
import { useReplicas, useRuns } from "../data/queries.ts";
import { QueryState } from "../ui/query-state.tsx";
import { useTitle } from "../ui/use-title.ts";
import { ReplicaTable } from "./replica-table.tsx";
import "./replicas.css";

/** `/replicas`: the processes that serve with one store, with their health, version and configuration. */
export function ReplicasScreen(): ReactElement {
  const replicas = useReplicas();
  const runs = useRuns();
  useTitle("Replicas");
  return (
    <QueryState query={replicas} what="the replicas">
      {(view) => (
        <section className="panel" aria-labelledby="replicas-title">
          <div className="panel-head">
            <h1 id="replicas-title">Replicas</h1>
            <p className="muted small">
              {formatPlural(view.replicas.filter(({ state }) => state === "live").length, "live replica")}
            </p>
          </div>
          <ReplicaTable view={view} runs={runs.data?.runs ?? []} />
          <p className="hint">
            {view.shared
              ? "All replicas of the store share runs, rules, reviews, pause and mirrored shares, and every one shows the same report. Replicas that have ended or were lost are listed for a day."
              : "The store is a file, so this process is the only one. Replicas share a store of PostgreSQL (--store postgres://…)."}
          </p>
        </section>
      )}
    </QueryState>
  );
}
