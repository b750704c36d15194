import { isSensitiveLabel } from "../../../secrets/sensitive-names.ts";
import type { MarkupNode } from "./markup-node.ts";

/** A table whose rows are read in order. */
export interface MarkupTable {
  readonly columns: Set<number>;
  rows: number;
  /** Number of columns of the titles; 0 without titles. */
  width: number;
}

const MAX_SPAN = 1_000;

/** A table, or an XML element that contains rows. */
export function tableOf(name: string): MarkupTable | undefined {
  return /^(?:table|worksheet|sheet|rows|data|rowset|resultset|results)$/i.test(name)
    ? { columns: new Set(), rows: 0, width: 0 }
    : undefined;
}

/** Which cells of a row are secret by their titles, or by the title of the row. */
export interface RowSecrets {
  readonly secret: ReadonlySet<MarkupNode>;
  /** The row has titles only, so none of them labels the next one. */
  readonly onlyTitles: boolean;
}

/** @param textOf the text of a cell, cut after some characters */
export function readRow(
  cells: readonly MarkupNode[],
  table: MarkupTable | undefined,
  textOf: (cell: MarkupNode) => string,
): RowSecrets {
  const onlyTitles = cells.length > 0 && cells.every(({ tagName }) => tagName === "th");
  // A title of the entire table is no title of a column.
  const isTitles = (onlyTitles || (cells.length > 1 && table?.rows === 0)) && (cells.length > 1 || isNarrow(cells));
  const secret = new Set<MarkupNode>();
  const width = cells.reduce((sum, cell) => sum + spanOf(cell), 0);
  // Other columns than the titles have: a cell may be below any of them.
  const isDoubtful = table !== undefined && table.columns.size > 0 && width !== table.width;
  let at = 0;
  let named = false;
  for (const cell of cells) {
    const isLabel = isSensitiveLabel(textOf(cell));
    const isBelow = table?.columns.has(at) === true || isDoubtful || named;
    if (isBelow && !(isLabel && (isDoubtful || onlyTitles))) secret.add(cell);
    named ||= isLabel && cell.tagName === "th" && !isTitles;
    const end = at + spanOf(cell);
    if (isTitles && isLabel) for (let column = at; column < end; column += 1) table?.columns.add(column);
    at = end;
  }
  if (table !== undefined) {
    if (isTitles && table.columns.size > 0) table.width = width;
    if (cells.length > 1 || isNarrow(cells)) table.rows += 1;
  }
  return { secret, onlyTitles: onlyTitles && (cells.length > 1 || isNarrow(cells)) };
}

function isNarrow([cell]: readonly MarkupNode[]): boolean {
  return cell !== undefined && spanOf(cell) === 1;
}

function spanOf({ attrs = [] }: MarkupNode): number {
  const span = Number(attrs.find(({ name }) => name === "colspan")?.value ?? 1);
  return Number.isInteger(span) && span > 0 ? Math.min(span, MAX_SPAN) : 1;
}
