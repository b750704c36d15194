import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { Run } from "../../../src/model/run.ts";
import { useComparison } from "../data/queries.ts";
import { formatDateTime } from "../ui/time.ts";
import type { RunsSearch } from "../search-params.ts";
import { runTitle } from "../ui/run-title.ts";
import { QueryState } from "../ui/query-state.tsx";
import { ComparedCauses } from "./compared-causes.tsx";
import { useSelection } from "../data/selection.ts";

/** Compares two runs, which the URL names; default: the selected run and the one before it. @param runs newest first */
export function RunComparisonSection({ runs }: { readonly runs: readonly Run[] }): ReactElement {
  const search = useSearch({ from: "/runs" });
  const navigate = useNavigate();
  const { run, candidate } = useSelection();
  const after = search.after ?? run.id;
  const comparable = runs.filter(({ candidates }) => candidates.includes(candidate));
  const before = search.before ?? comparable[comparable.findIndex(({ id }) => id === after) + 1]?.id;
  const select = (change: RunsSearch): void => {
    void navigate({ to: "/runs", search: (last) => ({ ...last, ...change }), replace: true, resetScroll: false });
  };
  return (
    <section className="panel" aria-labelledby="comparison-title">
      <div className="panel-head">
        <h2 id="comparison-title">Compare two runs</h2>
        <RunSelect label="Before" value={before} runs={comparable} onRun={(id) => select({ before: id })} />
        <RunSelect label="After" value={after} runs={comparable} onRun={(id) => select({ after: id })} />
      </div>
      {before === undefined ? (
        <p className="hint">There is no earlier run with candidate {candidate}.</p>
      ) : (
        <Comparison before={before} after={after} candidate={candidate} />
      )}
    </section>
  );
}

function Comparison(query: Parameters<typeof useComparison>[0]): ReactElement {
  const comparison = useComparison(query);
  return (
    <QueryState query={comparison} what="the comparison">
      {(data) => <ComparedCauses comparison={data} />}
    </QueryState>
  );
}

interface RunSelectProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly runs: readonly Run[];
  readonly onRun: (id: string) => void;
}

function RunSelect({ label, value, runs, onRun }: RunSelectProps): ReactElement {
  const isKnown = runs.some(({ id }) => id === value);
  return (
    <label>
      {label}{" "}
      <select value={value ?? ""} onChange={(event) => onRun(event.target.value)}>
        {isKnown ? null : <option value={value ?? ""}>{value ?? "–"}</option>}
        {runs.map((run) => (
          <option key={run.id} value={run.id}>
            {runTitle(run)}
            {run.name === run.id ? "" : ` · ${formatDateTime(run.startedAt)}`}
          </option>
        ))}
      </select>
    </label>
  );
}
