import { useState } from "react";
import type { CauseReport, EndpointReport } from "../../../src/model/report.ts";
import type { DecisionKind, DecisionTarget, TargetField } from "../decide/decision-target.ts";
import type { EndpointSearch } from "../search-params.ts";
import { useKeys } from "../ui/use-keys.ts";
import type { FieldNode } from "./fields/build-field-tree.ts";
import type { OpenDecision } from "./decision-bar.tsx";
import { useSelectionRange, type SelectionRange } from "./causes/use-selection-range.ts";

export interface Decisions {
  readonly causes: SelectionRange;
  /** Checked nodes of the field tree, by id. */
  readonly nodes: ReadonlyMap<string, FieldNode>;
  readonly checkNode: (node: FieldNode) => void;
  /** Everything that is checked. */
  readonly target: DecisionTarget;
  readonly open: OpenDecision | null;
  /** Begins a decision: about what is checked, else about the focused cause, else about the open one. */
  readonly decide: (kind: DecisionKind) => void;
  readonly decideCause: (kind: DecisionKind, cause: CauseReport) => void;
  /** Ignores what is checked in the tree, else one node. */
  readonly ignoreNode: (node: FieldNode) => void;
  readonly close: () => void;
  readonly clear: () => void;
}

/** What is selected on the screen of an endpoint and which decision is being made, by mouse and by key. */
export function useDecisions(
  { endpoint }: EndpointReport,
  causes: readonly CauseReport[],
  search: EndpointSearch,
): Decisions {
  const selection = useSelectionRange(causes.map(({ signature }) => signature));
  const [nodes, setNodes] = useState<ReadonlyMap<string, FieldNode>>(new Map());
  const [open, setOpen] = useState<OpenDecision | null>(null);
  const causeTarget = (own: readonly CauseReport[]): DecisionTarget => ({
    causes: own.map((cause) => ({ ...cause, endpoint })),
    fields: [],
  });
  const fieldTarget = (own: readonly FieldNode[]): DecisionTarget => ({
    causes: [],
    fields: own.map((node) => targetField(endpoint, node)),
  });
  const target: DecisionTarget = {
    causes: causeTarget(causes.filter(({ signature }) => selection.selected.has(signature))).causes,
    fields: fieldTarget([...nodes.values()]).fields,
  };
  const clear = (): void => {
    selection.replace([]);
    setNodes(new Map());
  };
  const decide = (kind: DecisionKind): void => {
    const isChecked = target.causes.length + target.fields.length > 0;
    const signature = focusedCause() ?? search.cause;
    const cause = causes.find((each) => each.signature === signature);
    if (isChecked && (kind === "ignore" || target.fields.length === 0)) setOpen({ kind, target });
    else if (!isChecked && cause !== undefined) setOpen({ kind, target: causeTarget([cause]) });
  };
  const toggleFocused = (toRange: boolean): void => {
    const signature = focusedCause() ?? search.cause;
    if (signature !== undefined) selection.toggle(signature, toRange);
  };
  useKeys("Endpoint", {
    x: () => toggleFocused(false),
    X: () => toggleFocused(true),
    a: () => decide("accept"),
    d: () => decide("deny"),
    i: () => decide("ignore"),
    Escape: () => {
      if (open === null) clear();
    },
  });
  return {
    causes: selection,
    nodes,
    checkNode: (node) =>
      setNodes((last) => {
        const next = new Map(last);
        if (!next.delete(node.id)) next.set(node.id, node);
        return next;
      }),
    target,
    open,
    decide,
    decideCause: (kind, cause) => setOpen({ kind, target: causeTarget([cause]) }),
    ignoreNode: (node) =>
      setOpen({ kind: "ignore", target: nodes.size === 0 ? fieldTarget([node]) : fieldTarget([...nodes.values()]) }),
    close: () => setOpen(null),
    clear,
  };
}

/** The cause of the row that has the focus. */
function focusedCause(): string | undefined {
  return document.activeElement?.closest<HTMLElement>("[data-cause]")?.dataset["cause"];
}

function targetField(endpoint: string, { section, path, field }: FieldNode): TargetField {
  return { endpoint, section, path, kind: field?.kind };
}
