import { useState, type ReactElement } from "react";
import { formatPlural } from "../../../src/presentation/words/number-format.ts";
import type { Runs } from "../data/queries.ts";
import { useEndRun } from "../data/run-changes.ts";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";
import { ErrorMessage } from "../ui/error-message.tsx";
import { zoneName } from "../ui/time.ts";
import { LateReplicas } from "./late-replicas.tsx";
import { RunRow } from "./run-row.tsx";
import "./runs.css";

/** The verdict of each row is a report. */
const SHOWN = 20;

/** Runs with their verdicts, newest first, with a button that ends the current one. */
export function RunTable({ current, runs }: Runs): ReactElement {
  const [isConfirming, setIsConfirming] = useState(false);
  const [isComplete, setIsComplete] = useState(false);
  const end = useEndRun();
  const shown = isComplete ? runs : runs.slice(0, SHOWN);
  return (
    <div className="scroll">
      <table>
        <caption className="visually-hidden">Runs, newest first</caption>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Verdict</th>
            <th scope="col" className="number">
              Endpoints failing
            </th>
            <th scope="col" className="number">
              Compared
            </th>
            <th scope="col" className="number" title="Share of compared exchanges with a difference, noise included">
              Differed
            </th>
            <th scope="col">Started ({zoneName(runs[0]?.startedAt ?? 0)})</th>
            <th scope="col">Duration</th>
            <th scope="col">Versions</th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((run) => (
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
      {shown.length === runs.length ? null : (
        <button type="button" onClick={() => setIsComplete(true)}>
          Show {formatPlural(runs.length - shown.length, "older run")}
        </button>
      )}
      <ErrorMessage error={end.error} />
      <LateReplicas change={end.data} />
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
