import type { ReactNode } from "react";
import type { EndpointReport } from "../../../../src/model/report.ts";
import { kindWords, relationWords } from "../../../../src/presentation/words/difference-words.ts";
import { formatPlural, formatShare, NOT_MEASURED } from "../../../../src/presentation/words/number-format.ts";
import { ShareBar } from "../share-bar.tsx";
import { VerdictBadge } from "../../ui/verdict-badge.tsx";
import type { FieldNode } from "./build-field-tree.ts";
import { oddsText } from "./evidence-text.ts";

/** A column of the tree after the first. */
export interface FieldColumn {
  readonly name: string;
  /** Undefined: what the others leave. */
  readonly width?: string;
  readonly help?: string | undefined;
  readonly className?: string | undefined;
  readonly cell: (node: FieldNode) => ReactNode;
}

/** The columns for what was measured: without a secondary, there is no noise. */
export function fieldColumns(
  { compared, noiseCompared }: Pick<EndpointReport, "compared" | "noiseCompared">,
  withDiffy: boolean,
): readonly FieldColumn[] {
  const ofNoise: readonly FieldColumn[] = [
    {
      name: "Secondary",
      width: "112px",
      help: "Exchanges in which the secondary differs from the primary: noise",
      cell: ({ summary, children }) => (
        <ShareBar count={summary.noise} of={noiseCompared} side="secondary" isAtLeast={children.length > 1} />
      ),
    },
    {
      name: "Excess",
      width: "76px",
      help: "Share of pairs in which only the candidate differs, minus the share in which only the secondary does",
      className: "number",
      cell: ({ summary: { excess } }) => (excess === null ? NOT_MEASURED : excessText(excess)),
    },
  ];
  return [
    { name: "Field", cell: () => null },
    { name: "Difference", width: "118px", cell: differenceCell },
    { name: "Verdict", width: "104px", cell: verdictCell },
    {
      name: "Candidate",
      width: "112px",
      help: "Exchanges in which the candidate differs from the primary",
      cell: ({ summary, children }) => (
        <ShareBar count={summary.count} of={compared} side="candidate" isAtLeast={children.length > 1} />
      ),
    },
    ...(noiseCompared === 0 ? [] : ofNoise),
    ...(withDiffy
      ? [
          {
            name: "Diffy",
            width: "150px",
            help: "Relative and absolute difference, computed like Diffy",
            cell: diffyCell,
          },
        ]
      : []),
    { name: "Action", width: "72px", className: "visually-hidden-head", cell: () => null },
  ];
}

function excessText(excess: number): string {
  return `${excess > 0 ? "+" : ""}${formatShare(excess)}`;
}

function differenceCell({ field, summary }: FieldNode): ReactNode {
  if (field === null) return <span className="muted">{formatPlural(summary.fields, "field")}</span>;
  const words = kindWords(field.kind);
  if (field.relation === null) return words;
  const relation = relationWords(field.relation);
  return <span title={`${words}: ${relation}`}>{relation}</span>;
}

function verdictCell({ field, summary }: FieldNode): ReactNode {
  if (field?.rule !== undefined && field.rule !== null) {
    return (
      <span className="badge badge-noise" title="hidden by a rule: its cause names it">
        <span aria-hidden="true">∅</span> ignored
      </span>
    );
  }
  return (
    <span title={field === null ? "the most severe below" : oddsText(field)}>
      <VerdictBadge verdict={summary.verdict} />
    </span>
  );
}

function diffyCell({ field }: FieldNode): ReactNode {
  if (field === null) return null;
  const { relative, absolute, flagged } = field.diffy;
  return (
    <span className="muted">
      {formatShare(relative / 100)} / {formatShare(absolute / 100)} {flagged ? "difference" : "noise"}
    </span>
  );
}
