import { useNavigate } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { Run } from "../../../src/model/run.ts";
import { formatDateTime } from "../ui/time.ts";

interface Props {
  readonly runs: readonly Run[];
  readonly run: Run | undefined;
  readonly candidate: string | undefined;
}

/** Run and candidate. A new run starts at the overview, since its endpoints and samples are others. */
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
          {runs.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name} · {formatDateTime(one.startedAt).slice(0, -3)}
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
          {run?.candidates.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
