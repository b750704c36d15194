// A listbox that is filtered while typing and whose rows have two lines: neither `select` nor `datalist` can be that.
/* oxlint-disable jsx-a11y/prefer-tag-over-role */
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactElement } from "react";
import type { Run } from "../../../src/model/run.ts";
import type { Runs } from "../data/queries.ts";
import { RunVerdicts } from "../runs/run-verdicts.tsx";
import { runTitle } from "../ui/run-title.ts";
import { formatDateTime } from "../ui/time.ts";

/** More are found by searching. */
const MAX_SHOWN = 50;
/** As many as are visible without scrolling: each verdict is a report. */
const WITH_VERDICT = 8;

interface Props extends Runs {
  /** Id of the run on the screen. */
  readonly selected: string | undefined;
  readonly onSelect: (id: string) => void;
  readonly onClose: () => void;
}

/** A search field over a list of runs: the combobox with a listbox of the ARIA Authoring Practices. */
export function RunList({ runs, current, selected, onSelect, onClose }: Props): ReactElement {
  const [text, setText] = useState("");
  const [wanted, setWanted] = useState<string | undefined>(selected);
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const found = runs.filter((run) => matches(run, text)).slice(0, MAX_SHOWN);
  const index = Math.max(
    0,
    found.findIndex((run) => run.id === wanted),
  );
  useEffect(() => field.current?.focus(), []);
  const onKeyDown = (event: KeyboardEvent): void => {
    const actions: Readonly<Record<string, () => void>> = {
      ArrowDown: () => setWanted(found[Math.min(index + 1, found.length - 1)]?.id),
      ArrowUp: () => setWanted(found[Math.max(index - 1, 0)]?.id),
      Enter: () => found[index] !== undefined && onSelect(found[index].id),
      Escape: onClose,
    };
    if (actions[event.key] === undefined) return;
    event.preventDefault();
    actions[event.key]?.();
  };
  return (
    <div className="run-list">
      <input
        ref={field}
        role="combobox"
        aria-label="Search runs"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={found[index] === undefined ? undefined : `${id}-${index}`}
        placeholder="Search by name, label or date"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className="run-list-rows" role="listbox" id={id} aria-label="Runs, newest first">
        {found.map((run, position) => (
          // The keyboard is handled by the field, which keeps the focus.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={run.id}
            ref={position === index ? scrollIntoView : null}
            role="option"
            tabIndex={-1}
            id={`${id}-${position}`}
            aria-selected={run.id === selected}
            className={position === index ? "run-list-row active" : "run-list-row"}
            // The field would lose the focus, and the list close, before the click.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => onSelect(run.id)}
          >
            <span className="run-list-name">{runTitle(run)}</span>
            {position < WITH_VERDICT ? <RunVerdicts run={run} /> : null}
            <span className="run-list-time">
              {run.id === current ? "running since " : ""}
              {formatDateTime(run.startedAt)}
            </span>
          </div>
        ))}
      </div>
      {found.length === 0 ? <p className="hint">No run matches.</p> : null}
    </div>
  );
}

function matches(run: Run, text: string): boolean {
  const words = [run.name, formatDateTime(run.startedAt), ...Object.entries(run.labels).flat()].join(" ").toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => words.includes(word));
}

function scrollIntoView(row: HTMLElement | null): void {
  row?.scrollIntoView({ block: "nearest" });
}
