import { memo, type ReactElement } from "react";
import type { TreeRow } from "./build-field-tree.ts";
import type { FieldColumn } from "./field-columns.tsx";

/** Pixels per level. */
const INDENT = 16;

interface Props {
  readonly id: string;
  readonly row: TreeRow;
  /** From 1, including the head. */
  readonly rowIndex: number;
  readonly columns: readonly FieldColumn[];
  readonly isActive: boolean;
  /** Its exchanges are listed. */
  readonly isSelected: boolean;
  readonly isChecked: boolean;
  readonly actions: RowActions;
}

/** What a row can do; the same object at every render. */
export interface RowActions {
  readonly toggle: (row: TreeRow) => void;
  readonly open: (row: TreeRow) => void;
  readonly check: (row: TreeRow) => void;
  readonly ignore: (row: TreeRow) => void;
}

/** One row. What can be clicked here has a key on the grid, so it is no stop for the Tab key. */
export const FieldRow = memo(function FieldRow(props: Props): ReactElement {
  const { row, columns, actions, isChecked } = props;
  const { node, level, position, siblings, isExpanded } = row;
  return (
    <tr
      id={props.id}
      className={rowClasses(props)}
      aria-level={level}
      aria-posinset={position}
      aria-setsize={siblings}
      aria-rowindex={props.rowIndex}
      aria-selected={props.isChecked}
      aria-expanded={node.children.length === 0 ? undefined : isExpanded}
      aria-current={props.isSelected ? "true" : undefined}
      data-field={node.field === null ? undefined : node.id}
      data-node={node.id}
    >
      <FieldName row={row} isChecked={isChecked} actions={actions} />
      {columns.slice(1, -1).map(({ name, className, cell }) => (
        <td key={name} className={className}>
          {cell(node)}
        </td>
      ))}
      <td className="tree-action">
        <button type="button" tabIndex={-1} title="Ignore here and below (i)" onClick={() => actions.ignore(row)}>
          Ignore
        </button>
      </td>
    </tr>
  );
});

function rowClasses({ isActive, isSelected }: Pick<Props, "isActive" | "isSelected">): string {
  return `tree-row${isActive ? " active-row" : ""}${isSelected ? " selected" : ""}`;
}

type NameProps = Pick<Props, "row" | "isChecked" | "actions">;

function FieldName({ row, isChecked, actions }: NameProps): ReactElement {
  const { node, level, isExpanded } = row;
  return (
    <th scope="row">
      <span className="tree-name" style={{ paddingLeft: (level - 1) * INDENT }}>
        <input
          type="checkbox"
          tabIndex={-1}
          checked={isChecked}
          aria-label={`Select ${node.section} ${node.path}`}
          onChange={() => actions.check(row)}
        />
        {node.children.length === 0 ? (
          <span className="tree-twisty" />
        ) : (
          <button
            type="button"
            tabIndex={-1}
            className="tree-twisty"
            aria-label={isExpanded ? `Collapse ${node.label}` : `Expand ${node.label}`}
            onClick={() => actions.toggle(row)}
          >
            {isExpanded ? "▾" : "▸"}
          </button>
        )}
        <button
          type="button"
          tabIndex={-1}
          className="tree-label"
          title={`${node.section} ${node.path}: list its exchanges`}
          onClick={() => actions.open(row)}
        >
          {node.label}
        </button>
      </span>
    </th>
  );
}
