import { useState, type FormEvent, type ReactElement } from "react";
import type { Run } from "../../../src/model/run.ts";
import { useBeginRun } from "../data/run-changes.ts";
import { parseLabels } from "./label-lines.ts";

/** A new run in the place of the one that counts now. */
export function RunForm({ current }: { readonly current: Run | undefined }): ReactElement {
  const [name, setName] = useState("");
  const [lines, setLines] = useState("");
  const begin = useBeginRun();
  const labels = parseLabels(lines);
  const clear = (): void => {
    setName("");
    setLines("");
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (labels === null) return;
    begin.mutate({ labels, ...(name.trim() !== "" && { name: name.trim() }) }, { onSuccess: clear });
  };
  return (
    <form className="form" onSubmit={submit} aria-label="New run">
      <label>
        Name (empty: its id)
        <input maxLength={200} value={name} onChange={(event) => setName(event.target.value)} />
      </label>
      <label>
        Labels, key=value on a line each
        <textarea
          rows={2}
          value={lines}
          placeholder="commit=3f2a"
          aria-invalid={labels === null}
          onChange={(event) => setLines(event.target.value)}
        />
      </label>
      <button type="submit" className="primary" disabled={labels === null || begin.isPending}>
        {begin.isPending ? "Starting…" : "Start the run"}
      </button>
      <p className="hint form-wide">
        {current === undefined ? "The run that counts now ends" : `The run ${current.name} ends`} with it. Every
        exchange is counted in one of the two; this can take some seconds while requests are open.
      </p>
      {begin.error === null ? null : (
        <p className="problem form-wide" role="alert">
          {begin.error.message}
        </p>
      )}
    </form>
  );
}
