import { useNavigate } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { Run } from "../../../src/model/run.ts";
import { formatDateTime } from "../ui/time.ts";

interface Props {
  readonly runs: readonly Run[];
  readonly run: Run | undefined;
  readonly candidate: string | undefined;
}

/** Selects run and candidate. A change leads to the overview, because endpoints and exchanges differ between runs. */
export function RunPicker({ runs, run, candidate }: Props): ReactElement {
  const navigate = useNavigate();
  return (
    <div className="picker">
      <label>
        Run{" "}
        <select
          value={run?.id ?? ""}
          onChange={(event) => void navigate({ to: "/", search: { run: event.target.value, candidate: undefined } })}
        >
          {run === undefined ? <option value="">–</option> : null}
          {runs.map(({ id, name, startedAt }) => (
            <option key={id} value={id}>
              {name === id ? formatDateTime(startedAt) : `${name} · ${formatDateTime(startedAt).slice(0, -3)}`}
            </option>
          ))}
        </select>
      </label>
      <label>
        Candidate{" "}
        <select
          value={candidate ?? ""}
          disabled={run === undefined}
          onChange={(event) => void navigate({ to: "/", search: { run: run?.id, candidate: event.target.value } })}
        >
          {candidate === undefined ? <option value="">–</option> : null}
          {run?.candidates.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
