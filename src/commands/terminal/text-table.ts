import { escapeText, widthOf } from "../../report/render/terminal-text.ts";

const GAP = "  ";

/** Lines of one cell. */
export type Cell = readonly string[];

/** Rows of cells as lines of text: the columns begin below each other, and a row is as high as its highest cell. */
export function textTable(rows: readonly (readonly Cell[])[]): readonly string[] {
  const safe = rows.map((row) => row.map((cell) => cell.map(escapeText)));
  const count = Math.max(0, ...safe.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(0, ...safe.flatMap((row) => (row[column] ?? []).map(widthOf))),
  );
  return safe.flatMap((row) => {
    const height = Math.max(1, ...row.map((cell) => cell.length));
    return Array.from({ length: height }, (_, line) =>
      widths
        .map((width, column) => padded(row[column]?.[line] ?? "", width))
        .join(GAP)
        .trimEnd(),
    );
  });
}

function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}
