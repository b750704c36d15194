import { useMemo, useState } from "react";
import type { EndpointReport } from "../../../../src/model/report.ts";
import type { EndpointSearch } from "../../search-params.ts";
import { buildFieldTree, visibleRows, type FieldNode, type TreeRow } from "./build-field-tree.ts";
import { filteredFields } from "./field-filter.ts";

/** With fewer fields, the tree is expanded at first. */
const FEW_FIELDS = 60;
const DEFAULT_LEVEL = 2;

export interface FieldTreeState {
  /** Fields that the filter leaves. */
  readonly shown: number;
  readonly rows: readonly TreeRow[];
  /** Expands or collapses a node. */
  readonly toggle: (row: TreeRow, expanded: boolean) => void;
}

/** The rows of the tree under the search of the URL, and the nodes that the reader expanded or collapsed. */
export function useFieldTree({ differences }: EndpointReport, search: EndpointSearch): FieldTreeState {
  const { cause, show, find, level } = search;
  const fields = useMemo(() => filteredFields(differences, { cause, show, find }), [differences, cause, show, find]);
  const roots = useMemo(() => buildFieldTree(fields), [fields]);
  // What the reader expanded by hand is forgotten when the level in the URL changes.
  const [toggled, setToggled] = useState({ level, nodes: new Map<string, boolean>() });
  if (toggled.level !== level) setToggled({ level, nodes: new Map() });
  const isSearching = find !== undefined || cause !== undefined;
  const openLevels =
    level === "all" || (level === undefined && (isSearching || fields.length <= FEW_FIELDS))
      ? Infinity
      : Number(level ?? DEFAULT_LEVEL);
  const rows = useMemo(
    () => visibleRows(roots, (node: FieldNode, nodeLevel) => toggled.nodes.get(node.id) ?? nodeLevel < openLevels),
    [roots, toggled, openLevels],
  );
  return {
    shown: fields.length,
    rows,
    toggle: ({ node }, expanded) =>
      setToggled((last) => ({ ...last, nodes: new Map([...last.nodes, [node.id, expanded]]) })),
  };
}
