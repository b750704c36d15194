import type { ReactElement } from "react";

interface Props {
  readonly label: string;
  readonly title?: string | undefined;
  readonly numeric?: boolean | undefined;
  readonly direction: "asc" | "desc" | undefined;
  readonly onSort: () => void;
}

/** A sortable column header; `direction` is undefined while the table is sorted by another column. */
export function SortHeader({ label, title, numeric = false, direction, onSort }: Props): ReactElement {
  const sorted = direction === "asc" ? "ascending" : direction === "desc" ? "descending" : "none";
  return (
    <th scope="col" className={numeric ? "number" : undefined} aria-sort={sorted} title={title}>
      <button type="button" className="sort" onClick={onSort}>
        {label}
        <span aria-hidden="true" className="sort-glyph">
          {direction === "asc" ? "▲" : direction === "desc" ? "▼" : ""}
        </span>
      </button>
    </th>
  );
}
