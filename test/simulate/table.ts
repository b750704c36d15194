/** A measured number; the same key names it in the figures of an earlier version. */
export interface Figure {
  readonly key: string;
  /** Null if it was not reached. */
  readonly value: number | null;
  readonly unit: "share" | "requests";
}

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | Figure)[])[];
}

/** What a simulation is run with. */
export interface SimulationOptions {
  readonly seed: number;
  /** How many runs to simulate. @param full of a complete simulation */
  readonly runs: (full: number) => number;
}

/** Figures of an earlier version, by key. */
export type EarlierFigures = Readonly<Record<string, number | null>>;

export const share = (key: string, value: number): Figure => ({ key, value, unit: "share" });
export const requests = (key: string, value: number | null): Figure => ({ key, value, unit: "requests" });

export function percent(value: number): string {
  return `${Number((value * 100).toFixed(2))}%`;
}

export function count(value: number | null): string {
  return value === null ? "–" : value.toLocaleString("en-US");
}

/** All figures of the tables, by key. */
export function figuresOf(tables: readonly Table[]): EarlierFigures {
  const figures = tables.flatMap(({ rows }) => rows.flat()).filter((cell) => typeof cell !== "string");
  return Object.fromEntries(figures.map(({ key, value }) => [key, value]));
}

/** A Markdown table; figures that an earlier version has too read `before → now`. */
export function renderTable({ title, head, rows }: Table, earlier: EarlierFigures): string {
  const body = rows.map((cells) => line(cells.map((cell) => renderCell(cell, earlier))));
  return [`### ${title}`, "", line(head), line(head.map(() => "---:")), ...body, ""].join("\n");
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function renderCell(cell: string | Figure, earlier: EarlierFigures): string {
  if (typeof cell === "string") return cell;
  const text = (value: number | null): string => {
    if (cell.unit === "requests") return count(value);
    return value === null ? "–" : `${Number((value * 100).toFixed(1))}%`;
  };
  const before = earlier[cell.key];
  return before === undefined ? text(cell.value) : `${text(before)} → ${text(cell.value)}`;
}
