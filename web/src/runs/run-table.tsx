import { Link } from "@tanstack/react-router";
import { useState, type ReactElement } from "react";
import type { Run } from "../../../src/model/run.ts";
import type { Runs } from "../data/queries.ts";
import { useEndRun } from "../data/run-changes.ts";
import { formatDateTime } from "../ui/time.ts";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";
import { LabelList } from "../ui/label-list.tsx";

/** All runs, newest first; the one that counts now can be ended. */
export function RunTable({ current, runs }: Runs): ReactElement {
  const [asking, setAsking] = useState(false);
  const end = useEndRun();
  return (
    <div className="scroll">
      <table>
        <caption className="hidden">Runs, newest first</caption>
        <thead>
          <tr>
            {["Name", "Labels", "Started", "Ended", "Primary", "Candidates", ""].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <RunRow
              key={run.id}
              run={run}
              isCurrent={run.id === current}
              isEnding={end.isPending}
              onEnd={() => setAsking(true)}
            />
          ))}
        </tbody>
      </table>
      {end.error === null ? null : (
        <p className="problem" role="alert">
          {end.error.message}
        </p>
      )}
      <ConfirmDialog
        open={asking}
        title="End the current run?"
        action="End the run"
        onConfirm={() => end.mutate()}
        onClose={() => setAsking(false)}
      >
        <p>Its numbers stay as they are. What comes from now on is counted in a new run without a name.</p>
      </ConfirmDialog>
    </div>
  );
}

interface RowProps {
  readonly run: Run;
  readonly isCurrent: boolean;
  readonly isEnding: boolean;
  readonly onEnd: () => void;
}

function RunRow({ run, isCurrent, isEnding, onEnd }: RowProps): ReactElement {
  const { id, name, labels, startedAt, endedAt, primary, candidates } = run;
  return (
    <tr data-row data-run={id}>
      <th scope="row">
        <Link to="/" search={{ run: id, candidate: undefined }}>
          {name}
        </Link>
      </th>
      <td>
        <LabelList labels={labels} />
      </td>
      <td className="nowrap">{formatDateTime(startedAt)}</td>
      <td className="nowrap">{isCurrent ? "counts now" : endedAt === null ? "–" : formatDateTime(endedAt)}</td>
      <td>{primary}</td>
      <td>{candidates.join(", ")}</td>
      <td>
        {isCurrent ? (
          <button type="button" disabled={isEnding} onClick={onEnd}>
            {isEnding ? "Ending…" : "End the run"}
          </button>
        ) : null}
      </td>
    </tr>
  );
}
