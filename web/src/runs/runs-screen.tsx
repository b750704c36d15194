import type { ReactElement } from "react";
import { useRuns } from "../data/queries.ts";
import { QueryState } from "../ui/query-state.tsx";
import { RunComparisonSection } from "./run-comparison.tsx";
import { RunForm } from "./run-form.tsx";
import { RunTable } from "./run-table.tsx";
import { useTitle } from "../ui/use-title.ts";

/** `/runs`: all runs, a form that starts one, and a comparison of two. */
export function RunsScreen(): ReactElement {
  const runs = useRuns();
  useTitle("Runs");
  return (
    <QueryState query={runs} what="the runs">
      {(data) => (
        <>
          <section className="panel" aria-labelledby="runs-title">
            <h1 id="runs-title">Runs</h1>
            <RunTable {...data} />
          </section>
          <section className="panel" aria-labelledby="run-form-title">
            <h2 id="run-form-title">New run</h2>
            <RunForm current={data.runs.find(({ id }) => id === data.current)} />
          </section>
          <RunComparisonSection runs={data.runs} />
        </>
      )}
    </QueryState>
  );
}
