import type { ReactElement } from "react";
import { LineContent } from "./body/line-content.tsx";
import { linePieces } from "../../../src/presentation/bodies/line-pieces.ts";
import { clipLine } from "../../../src/presentation/bodies/clip-line.ts";
import { inlineChanges, type Span } from "../../../src/presentation/bodies/inline-changes.ts";

/** Characters around a change in a cell of a table. */
const CONTEXT = 24;

interface Props {
  readonly primary: string | null;
  readonly candidate: string | null;
}

/** Two table cells with the values of a difference, cut around what has changed and not before it. */
export function ChangedValues({ primary, candidate }: Props): ReactElement {
  const changes = primary === null || candidate === null ? { left: [], right: [] } : inlineChanges(primary, candidate);
  return (
    <>
      <td className="value" data-label="Primary">
        <Value text={primary} changes={changes.left} />
      </td>
      <td className="value" data-label="Candidate">
        <Value text={candidate} changes={changes.right} />
      </td>
    </>
  );
}

function Value({ text, changes }: { readonly text: string | null; readonly changes: readonly Span[] }): ReactElement {
  if (text === null) return <span className="muted">absent</span>;
  const parts = clipLine(text.length, changes, CONTEXT);
  return (
    <code>
      <LineContent pieces={linePieces(text, { tokens: [], changes, found: [], parts })} />
    </code>
  );
}
