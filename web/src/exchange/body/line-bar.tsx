import { useState, type ReactElement } from "react";
import type { SampleDetail } from "../../../../src/model/sample.ts";
import { DecisionPanel } from "../../decide/decision-panel.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { useKeys } from "../../ui/use-keys.ts";
import { fieldAt, jsonPath, pathOfLine, pointerSteps, shapePath, valueOfLine } from "../diff/line-path.ts";
import { lineText } from "../../../../src/presentation/bodies/line-table.ts";
import type { BodyDiff } from "../../../../src/presentation/bodies/row-builder.ts";
import { markOf } from "../../../../src/presentation/bodies/shown-text.ts";

interface Props {
  readonly diff: BodyDiff;
  readonly sample: SampleDetail;
  readonly row: number | undefined;
}

const WORDS = { same: "", add: "added", remove: "removed", replace: "changed", move: "moved" } as const;

/** The place of the selected line, with what can be done there. */
export function LineBar({ diff, sample, row }: Props): ReactElement {
  const [isIgnoring, setIsIgnoring] = useState(false);
  const line = row === undefined ? undefined : selectedLine(diff, sample, row);
  useKeys("Exchange", { i: () => setIsIgnoring(line !== undefined) });
  if (row === undefined || line === undefined) {
    return <p className="line-bar muted">Select a line to copy it, or to ignore its field.</p>;
  }
  const mark = markOf(diff, row);
  const to = diff.differences.find((each) => each.row === row)?.to;
  return (
    <>
      <div className="line-bar">
        <code>{line.path}</code>
        {mark === "same" ? null : <span className={`mark-word mark-${mark}`}>{WORDS[mark]}</span>}
        {to === undefined ? null : (
          <span className="muted">
            to <code>{jsonPath(pointerSteps(to).map(indexOrKey))}</code>
          </span>
        )}
        <span className="buttons">
          {diff.by === "json" ? <CopyButton text={line.path} label="Copy path" /> : null}
          <CopyButton text={line.value} label={diff.by === "json" ? "Copy value" : "Copy line"} />
          <button type="button" aria-expanded={isIgnoring} onClick={() => setIsIgnoring(!isIgnoring)}>
            Ignore this field … <kbd>i</kbd>
          </button>
        </span>
      </div>
      {isIgnoring ? (
        <DecisionPanel
          key={line.path}
          kind="ignore"
          target={{ causes: [], fields: [{ endpoint: sample.endpoint, section: "body", path: line.field }] }}
          onClose={() => setIsIgnoring(false)}
        />
      ) : null}
    </>
  );
}

function indexOrKey(token: string): string | number {
  return /^\d+$/.test(token) ? Number(token) : token;
}

interface SelectedLine {
  readonly path: string;
  readonly value: string;
  /** The path of the field that a rule would name. */
  readonly field: string;
}

/** The value that changed is the one of the primary; what only the other side has is its own. */
function selectedLine({ by, left, right, rows }: BodyDiff, sample: SampleDetail, row: number): SelectedLine {
  const own = rows.lefts[row] ?? -1;
  const [table, line] = own >= 0 ? [left, own] : [right, rows.rights[row] ?? 0];
  if (by !== "json") {
    const field = sample.fields.find(({ section }) => section === "body");
    return {
      path: `line ${line + 1}`,
      value: lineText(table, line),
      field: field?.path ?? "$",
    };
  }
  const steps = pathOfLine(table, line);
  const field = fieldAt(sample.fields, steps);
  return {
    path: jsonPath(steps),
    value: valueOfLine(table, line),
    field: field?.path ?? shapePath(steps),
  };
}
