import { isSecretRow, parseRows } from "../body/parsers/delimited-table.ts";
import type { ContentType } from "../body/content-type.ts";
import { isSensitiveEncodedName, isSensitiveLabel } from "../../secrets/sensitive-names.ts";
import { isPairName, isPairValue } from "./name-value-pairs.ts";
import type { Masker } from "./masker.ts";

/**
 * CSV or TSV written from the rows that the parser reads, with the cells below and next to a sensitive title replaced.
 * @returns undefined when the text cannot be read
 * @throws ParseLimitError
 */
export function maskTable(text: string, type: ContentType, masker: Masker): string | undefined {
  const parsed = parseRows(text, type);
  if (parsed === undefined) return undefined;
  const { delimiter, isDeclared, hasQuotes, rows } = parsed;
  const columns = new Set<number>();
  let width = 0;
  let pairNames: readonly number[] = [];
  /** No row with two or more cells has been read: the titles are yet to come, after `sep=;` or a comment. */
  let expectsTitles = true;
  const out: string[] = isDeclared ? [`sep=${delimiter}\n`] : [];
  for (const row of rows) {
    const isTitles: boolean = expectsTitles && !isSecretRow(row);
    const masked = maskRow(row, { columns, width, isTitles, pairNames }, masker);
    if (isTitles && row.some(isPairValue)) pairNames = row.flatMap((cell, at) => (isPairName(cell.trim()) ? [at] : []));
    out.push(hasQuotes ? written(masked, delimiter) : masked.join(delimiter), "\n");
    if ((isTitles || row.every((cell) => PLAIN_TITLE.test(cell))) && addTitles(row, isTitles, columns))
      width = row.length;
    expectsTitles &&= row.filter((cell) => cell.trim() !== "").length < 2;
  }
  return out.join("");
}

/** In a row after the first one, what looks like the title of another table. */
const PLAIN_TITLE = /^[A-Za-z][\w .:/()#%$-]{0,63}$/;

interface RowContext {
  readonly columns: ReadonlySet<number>;
  /** Number of cells in the title row. */
  readonly width: number;
  readonly isTitles: boolean;
  /** The columns that name the value in another one, in any order: `value,name`. */
  readonly pairNames: readonly number[];
}

function maskRow(
  row: readonly string[],
  { columns, pairNames, width, isTitles }: RowContext,
  masker: Masker,
): readonly string[] {
  // A row of another width, or with a stray quote, may have its cells in other columns.
  const isNamed = !isTitles && pairNames.some((at) => isSensitiveLabel(row[at] ?? ""));
  const isDoubtful = columns.size > 0 && (row.length !== width || row.some((cell) => cell.includes('"')));
  let named = false;
  return row.map((cell, at) => {
    const secret = isDoubtful || columns.has(at) || (named && !isTitles) || (isNamed && !pairNames.includes(at));
    if (isSensitiveLabel(cell)) {
      named = true;
      // The titles of a second table stay.
      if (!isDoubtful) return masker.text(cell);
    }
    return secret ? masker.whole(cell) : masker.text(cell);
  });
}

/** Adds the columns that a row names. @returns whether it names any */
function addTitles(row: readonly string[], isTitles: boolean, columns: Set<number>): boolean {
  let found = false;
  for (const [at, cell] of row.entries()) {
    if (!(isTitles ? isSensitiveEncodedName(cell) : isSensitiveLabel(cell))) continue;
    columns.add(at);
    found = true;
  }
  return found;
}

/** RFC 4180 §2 */
function written(row: readonly string[], delimiter: string): string {
  // A line without any character is not a row.
  if (row.length === 1 && row[0] === "") return '""';
  return row.map((cell) => writtenCell(cell, delimiter)).join(delimiter);
}

function writtenCell(cell: string, delimiter: string): string {
  const needsQuotes = cell.includes(delimiter) || /["\r\n]|^\s|\s$/.test(cell);
  return needsQuotes ? `"${cell.replaceAll('"', '""')}"` : cell;
}
