import { useNavigate } from "@tanstack/react-router";
import { useRef, useState, type ReactElement } from "react";
import type { Run } from "../../../src/model/run.ts";
import type { Runs } from "../data/queries.ts";
import { runTitle } from "../ui/run-title.ts";
import { RunList } from "./run-list.tsx";

interface Props {
  /** Undefined until they are loaded. */
  readonly runs: Runs | undefined;
  readonly run: Run | undefined;
  readonly candidate: string | undefined;
}

/** Selects run and candidate. A change leads to the overview, because endpoints and exchanges differ between runs. */
export function RunPicker({ runs, run, candidate }: Props): ReactElement {
  const [isOpen, setIsOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const navigate = useNavigate();
  const close = (): void => {
    setIsOpen(false);
    button.current?.focus();
  };
  return (
    <div className="picker">
      <div
        className="picker-run"
        onBlur={({ currentTarget, relatedTarget }) => {
          if (!currentTarget.contains(relatedTarget)) setIsOpen(false);
        }}
      >
        <button
          ref={button}
          type="button"
          className="picker-button"
          aria-expanded={isOpen}
          aria-label={`Run: ${run === undefined ? "none" : runTitle(run)}`}
          disabled={runs === undefined || runs.runs.length === 0}
          onClick={() => setIsOpen(!isOpen)}
        >
          <span className="picker-name">{run === undefined ? "No run" : runTitle(run)}</span>
          <span className="picker-arrow" aria-hidden="true" />
        </button>
        {isOpen && runs !== undefined ? (
          <RunList
            {...runs}
            selected={run?.id}
            onSelect={(id) => {
              close();
              void navigate({ to: "/", search: { run: id === runs.current ? undefined : id, candidate: undefined } });
            }}
            onClose={close}
          />
        ) : null}
      </div>
      {run === undefined || run.candidates.length < 2 ? null : (
        <select
          className="picker-candidate"
          aria-label="Candidate"
          value={candidate ?? ""}
          onChange={(event) => void navigate({ to: "/", search: { run: run.id, candidate: event.target.value } })}
        >
          {candidate === undefined ? <option value="">–</option> : null}
          {run.candidates.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}
