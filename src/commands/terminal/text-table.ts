import { escapeText, widthOf } from "../../report/render/text/terminal-text.ts";

const GAP = "  ";

/** The lines of a table cell. */
export type Cell = readonly string[];

/** Formats rows of cells as aligned columns. A row is as high as its highest cell. */
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
        .map((width, column) => padEnd(row[column]?.[line] ?? "", width))
        .join(GAP)
        .trimEnd(),
    );
  });
}

function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}
