import type { ReactElement } from "react";
import type { Run } from "../../../src/model/run.ts";
import { useRunSummary } from "../data/queries.ts";
import { VerdictBadge } from "../ui/verdict-badge.tsx";

/** The verdict on each candidate; named if there are several. */
export function RunVerdicts({ run }: { readonly run: Run }): ReactElement {
  return (
    <span className="run-verdicts">
      {run.candidates.map((candidate) => (
        <span key={candidate}>
          {run.candidates.length > 1 ? <span className="muted small">{candidate} </span> : null}
          <CandidateVerdict run={run} candidate={candidate} />
        </span>
      ))}
    </span>
  );
}

function CandidateVerdict({ run, candidate }: { readonly run: Run; readonly candidate: string }): ReactElement {
  const { data, error } = useRunSummary(run, candidate);
  if (data !== undefined) return <VerdictBadge verdict={data.verdict} />;
  return <span className="muted">{error === null ? "…" : "unknown"}</span>;
}
