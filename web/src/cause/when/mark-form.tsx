import { useState, type FormEvent, type ReactElement } from "react";
import type { MarkKind } from "../../../../src/model/explain/mark.ts";
import { useAddMark } from "../../data/explanations.ts";
import { useSelection } from "../../data/selection.ts";
import { ErrorMessage } from "../../ui/error-message.tsx";

/** Those that a person reports; shadowdiff marks the others. */
const REPORTED_KINDS: readonly MarkKind[] = ["deployment", "note"];
const MOST_CHARACTERS = 200;

/** Marks an event, such as a deployment, so that it is drawn on the timelines. */
export function MarkForm(): ReactElement {
  const { run } = useSelection();
  const [text, setText] = useState("");
  const [kind, setKind] = useState<MarkKind>("deployment");
  const [subset, setSubset] = useState("");
  const [time, setTime] = useState("");
  const add = useAddMark(run.id);
  const subsets = [...run.primary.split(", "), ...run.candidates, ...(run.secondary === null ? [] : [run.secondary])];
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const at = time === "" ? null : new Date(time).getTime();
    add.mutate(
      { kind, text: text.trim(), at, subset: subset === "" ? null : subset },
      { onSuccess: () => setText("") },
    );
  };
  return (
    <details className="mark-form">
      <summary>Mark an event</summary>
      <form className="form" onSubmit={submit}>
        <label>
          What happened
          <input required maxLength={MOST_CHARACTERS} value={text} onChange={({ target }) => setText(target.value)} />
        </label>
        <label>
          Kind
          <select
            value={kind}
            onChange={({ target }) => setKind(REPORTED_KINDS.find((each) => each === target.value) ?? "note")}
          >
            {REPORTED_KINDS.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        <label>
          Version
          <select value={subset} onChange={({ target }) => setSubset(target.value)}>
            <option value="">all</option>
            {[...new Set(subsets)].map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        <label>
          Time, if not now
          <input type="datetime-local" step="1" value={time} onChange={({ target }) => setTime(target.value)} />
        </label>
        <p className="buttons">
          <button type="submit" disabled={text.trim() === "" || add.isPending}>
            Mark
          </button>
          <output>{add.isSuccess ? "Marked." : ""}</output>
        </p>
        <ErrorMessage error={add.error} />
      </form>
    </details>
  );
}
