import { Link } from "@tanstack/react-router";
import { useState, type ReactElement } from "react";
import type { Run } from "../../../src/model/run.ts";
import type { Runs } from "../data/queries.ts";
import { useEndRun } from "../data/run-changes.ts";
import { formatDateTime } from "../ui/time.ts";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";
import { ErrorMessage } from "../ui/error-message.tsx";
import { LabelList } from "../ui/label-list.tsx";

/** All runs, newest first, with a button that ends the current one. */
export function RunTable({ current, runs }: Runs): ReactElement {
  const [isConfirming, setIsConfirming] = useState(false);
  const end = useEndRun();
  return (
    <div className="scroll">
      <table>
        <caption className="visually-hidden">Runs, newest first</caption>
        <thead>
          <tr>
            {["Name", "Labels", "Started", "Ended", "Primary", "Candidates"].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <RunRow
              key={run.id}
              run={run}
              isCurrent={run.id === current}
              isEnding={end.isPending}
              onEnd={() => setIsConfirming(true)}
            />
          ))}
        </tbody>
      </table>
      <ErrorMessage error={end.error} />
      <ConfirmDialog
        open={isConfirming}
        title="End the current run?"
        action="End run"
        onConfirm={() => end.mutate()}
        onClose={() => setIsConfirming(false)}
      >
        <p>Its numbers will no longer change. New requests are counted in a new, unnamed run.</p>
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
      <td className="nowrap">{isCurrent ? "running" : endedAt === null ? "–" : formatDateTime(endedAt)}</td>
      <td>{primary}</td>
      <td>{candidates.join(", ")}</td>
      <td>
        {isCurrent ? (
          <button type="button" disabled={isEnding} onClick={onEnd}>
            {isEnding ? "Ending…" : "End run"}
          </button>
        ) : null}
      </td>
    </tr>
  );
}
