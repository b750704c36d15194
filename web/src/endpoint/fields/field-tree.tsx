import { useVirtualizer } from "@tanstack/react-virtual";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState, type ReactElement } from "react";
import type { EndpointReport } from "../../../../src/model/report.ts";
import type { EndpointSearch } from "../../search-params.ts";
import type { FieldNode, TreeRow } from "./build-field-tree.ts";
import { fieldColumns } from "./field-columns.tsx";
import { FieldRow, type RowActions } from "./field-row.tsx";
import { treeKeyHandler } from "./tree-keys.ts";
import type { FieldTreeState } from "./use-field-tree.ts";

/** Every row is equally high, so that a tree of thousands of rows renders those that are visible. */
const ROW_HEIGHT = 30;
const OVERSCAN = 12;

interface Props {
  readonly endpoint: EndpointReport;
  readonly search: EndpointSearch;
  readonly tree: FieldTreeState;
  /** Ids of the checked nodes. */
  readonly checked: ReadonlySet<string>;
  readonly onCheck: (node: FieldNode) => void;
  readonly onIgnore: (node: FieldNode) => void;
}

/**
 * The differing fields as a treegrid. The focus stays on the grid, which names its active row (`aria-activedescendant`), so that
 * rows can come and go while the reader scrolls.
 */
export function FieldTree({ endpoint, search, tree, checked, onCheck, onIgnore }: Props): ReactElement {
  const { rows, toggle } = tree;
  const navigate = useNavigate();
  const scroller = useRef<HTMLDivElement>(null);
  const [activeId, setActiveId] = useState<string | null>(null);
  const active = Math.max(
    0,
    rows.findIndex(({ node }) => node.id === activeId),
  );
  // The compiler does not memoize this component; its rows are cheap, because only visible ones are rendered.
  // oxlint-disable-next-line react/incompatible-library
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
    scrollPaddingStart: ROW_HEIGHT,
  });
  const move = (index: number): void => {
    const row = rows[index];
    if (row === undefined) return;
    setActiveId(row.node.id);
    virtualizer.scrollToIndex(index);
  };
  const open = ({ node }: TreeRow): void => {
    setActiveId(node.id);
    const isOpen = search.section === node.section && search.path === node.under;
    const selected = isOpen ? { section: undefined, path: undefined } : { section: node.section, path: node.under };
    void navigate({
      to: "/endpoint",
      search: (last) => ({ ...last, name: search.name, ...selected }),
      resetScroll: false,
    });
  };
  const onKeyDown = treeKeyHandler(rows, active, {
    move,
    toggle,
    open,
    check: ({ node }) => onCheck(node),
    ignore: ({ node }) => onIgnore(node),
  });
  const { compared, noiseCompared } = endpoint;
  const isDiffy = search.diffy === "shown";
  const columns = useMemo(() => fieldColumns({ compared, noiseCompared }, isDiffy), [compared, noiseCompared, isDiffy]);
  const actions = useStable({
    toggle: (row: TreeRow) => toggle(row, !row.isExpanded),
    open,
    check: ({ node }: TreeRow) => onCheck(node),
    ignore: ({ node }: TreeRow) => onIgnore(node),
  });
  const items = virtualizer.getVirtualItems();
  return (
    <div ref={scroller} className="tree">
      {/* A table with this role is the treegrid of the ARIA Authoring Practices. */}
      <table
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-to-interactive-role
        role="treegrid"
        tabIndex={0}
        aria-label={`Fields of ${endpoint.endpoint} that differ`}
        aria-rowcount={rows.length + 1}
        aria-multiselectable="true"
        aria-activedescendant={rows.length === 0 ? undefined : rowId(active)}
        onKeyDown={onKeyDown}
      >
        <colgroup>
          {columns.map(({ name, width }) => (
            <col key={name} style={{ width }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map(({ name, help, className }) => (
              <th key={name} scope="col" className={className} title={help}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer height={items[0]?.start ?? 0} />
          {items.map(({ index }) => {
            const row = rows[index];
            if (row === undefined) return null;
            const { node } = row;
            return (
              <FieldRow
                key={node.id}
                id={rowId(index)}
                row={row}
                rowIndex={index + 2}
                columns={columns}
                isActive={index === active}
                isSelected={search.section === node.section && search.path === node.under}
                isChecked={checked.has(node.id)}
                actions={actions}
              />
            );
          })}
          <Spacer height={virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0)} />
        </tbody>
      </table>
    </div>
  );
}

/** The same functions at every render, which call the latest ones: rows that did not change are not rendered again. */
function useStable(actions: RowActions): RowActions {
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });
  return useMemo(
    () => ({
      toggle: (row) => latest.current.toggle(row),
      open: (row) => latest.current.open(row),
      check: (row) => latest.current.check(row),
      ignore: (row) => latest.current.ignore(row),
    }),
    [],
  );
}

/** Takes the place of rows that are not rendered. */
function Spacer({ height }: { readonly height: number }): ReactElement | null {
  if (height <= 0) return null;
  return <tr aria-hidden="true" style={{ height }} />;
}

function rowId(index: number): string {
  return `field-row-${index}`;
}
