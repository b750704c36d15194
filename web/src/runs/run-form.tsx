import { useState, type FormEvent, type ReactElement } from "react";
import type { Run } from "../../../src/model/run.ts";
import { useStartRun } from "../data/run-changes.ts";
import { LateReplicas } from "./late-replicas.tsx";
import { ErrorMessage } from "../ui/error-message.tsx";

/** Labels from lines such as `commit=3f2a`; a value can contain `=`. Null when a line has no key. */
function parseLabels(text: string): Readonly<Record<string, string>> | null {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const pairs = lines.map((line) => [line.split("=", 1)[0]?.trim() ?? "", line.slice(line.indexOf("=") + 1).trim()]);
  return lines.every((line) => line.trim().indexOf("=") > 0) ? Object.fromEntries(pairs) : null;
}

/** Starts a run, which ends the current one. */
export function RunForm({ current }: { readonly current: Run | undefined }): ReactElement {
  const [name, setName] = useState("");
  const [lines, setLines] = useState("");
  const start = useStartRun();
  const labels = parseLabels(lines);
  const clear = (): void => {
    setName("");
    setLines("");
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (labels === null) return;
    start.mutate({ labels, ...(name.trim() !== "" && { name: name.trim() }) }, { onSuccess: clear });
  };
  return (
    <form className="form" onSubmit={submit} aria-label="New run">
      <label>
        Name (optional)
        <input maxLength={200} value={name} onChange={(event) => setName(event.target.value)} />
      </label>
      <label>
        Labels (one key=value per line)
        <textarea
          rows={2}
          value={lines}
          placeholder="commit=3f2a"
          aria-invalid={labels === null}
          onChange={(event) => setLines(event.target.value)}
        />
      </label>
      <button type="submit" className="primary" disabled={labels === null || start.isPending}>
        {start.isPending ? "Starting…" : "Start run"}
      </button>
      <p className="hint form-wide">
        This ends the current run{current === undefined ? "" : `, ${current.name}`}. Every exchange is counted in
        exactly one run, so the switch can take a few seconds while requests are in flight.
      </p>
      <div className="form-wide">
        <ErrorMessage error={start.error} />
        <LateReplicas change={start.data} />
      </div>
    </form>
  );
}
