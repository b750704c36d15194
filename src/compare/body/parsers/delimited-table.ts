import { parse, type Options } from "csv-parse/sync";
import type { Json } from "../../tree/json-tree.ts";
import { isSensitiveLabel } from "../../../secrets/sensitive-names.ts";
import { COST, ParseBudget } from "../parse-limits.ts";
import type { ContentType } from "../content-type.ts";
import { emptyObject } from "./tree-members.ts";

const DELIMITERS = [",", ";", "\t", "|"] as const;
/** A valid column name. A first row with any other cell is a data row. */
const COLUMN = /^[\p{L}_][\p{L}\p{N}\p{Pd}_ .:/()#%$€]{0,63}$/u;

/** No name of a column: a number, or a long word with digits. */
const VALUE = /^(?:-?[\d.]+|(?=.*\d)\S{8,})$/;

/**
 * Parses CSV and TSV (RFC 4180). When the first row names the columns, the result is `{ delimiter, columns, rows }` with rows
 * as objects, and cells beyond the columns are listed under `$more`. Otherwise it is `{ delimiter, rows }` with rows as arrays.
 * `sep` is the delimiter that a first line declares, as Excel writes it. Empty lines are ignored, except in a table of one
 * column, where they are empty cells. Rows with quotes that RFC 4180 does not allow are also listed verbatim.
 * @returns undefined when a quote is not closed
 */
export function parseTable(text: string, type: ContentType, budget = new ParseBudget()): Json | undefined {
  const table = parseRows(text, type, budget);
  if (table === undefined) return undefined;
  const { delimiter, isDeclared, strayQuotes } = table;
  const [first = [], ...others] = table.rows;
  const absent = type.parameters.get("header")?.toLowerCase() === "absent";
  const hasHeader = !absent && isHeader(first);
  return {
    delimiter,
    ...(isDeclared && { sep: delimiter }),
    ...(hasHeader
      ? { columns: [...first], rows: others.map((row) => rowObject(first, row)) }
      : { rows: table.rows.map((row) => [...row]) }),
    ...(strayQuotes.length > 0 && { strayQuotes: [...strayQuotes] }),
  };
}

export interface ParsedRows {
  readonly delimiter: string;
  /** Whether the first line is `sep=;`. */
  readonly isDeclared: boolean;
  /** Tab-separated values have no quotes. */
  readonly hasQuotes: boolean;
  readonly rows: readonly (readonly string[])[];
  /** The text of rows with a quote within an unquoted cell, or text after a quoted one: readers disagree about their cells. */
  readonly strayQuotes: readonly string[];
}

/**
 * @returns undefined when a quote is not closed
 * @throws ParseLimitError
 */
export function parseRows(text: string, type: ContentType, budget = new ParseBudget()): ParsedRows | undefined {
  const [line = "", declared] = DECLARATION.exec(text) ?? [];
  const table = text.slice(line.length);
  const delimiter = declared ?? delimiterOf(table, type.mediaType);
  takeForEach(table, delimiter, COST.cell, budget);
  takeForEach(table, "\n", COST.row + COST.cell, budget);
  if (table.includes("\r")) takeForEachMatch(table, /\r(?!\n)/g, COST.row + COST.cell, budget);
  const hasQuotes = !isTabSeparated(type.mediaType);
  const rows = splitRows(table, delimiter, hasQuotes);
  return rows && { delimiter, isDeclared: declared !== undefined, hasQuotes, ...rows };
}

/** Read by Excel. */
const DECLARATION = /^sep=([^"\r\n])(?:\r?\n|$)/i;
const OPTIONS: Options = { relax_column_count: true, max_record_size: 0, record_delimiter: ["\r\n", "\n", "\r"] };

function splitRows(
  text: string,
  delimiter: string,
  hasQuotes: boolean,
): Pick<ParsedRows, "rows" | "strayQuotes"> | undefined {
  const isOneColumn = !text.includes(delimiter);
  const options = { ...OPTIONS, delimiter, quote: hasQuotes ? '"' : null, skip_empty_lines: !isOneColumn };
  const rows = tryParse(text, options);
  if (rows === undefined) return splitLooseRows(text, options);
  const hasQuotedDelimiters = !isOneColumn && rows.every((row) => row.length <= 1);
  const all = hasQuotedDelimiters ? tryParse(text, { ...options, skip_empty_lines: false }) : rows;
  return all && { rows: all, strayQuotes: [] };
}

/** @returns undefined when a quote is not closed, even if a stray quote is read as text */
function splitLooseRows(text: string, options: Options): Pick<ParsedRows, "rows" | "strayQuotes"> | undefined {
  try {
    const records = parse(text, { ...options, relax_quotes: true, raw: true }) as unknown as {
      readonly raw: string;
      readonly record: string[];
    }[];
    return {
      rows: records.map(({ record }) => record),
      strayQuotes: records.flatMap(({ raw }) => (raw.includes('"') ? [raw.replace(/[\r\n]+$/, "")] : [])),
    };
  } catch {
    return undefined;
  }
}

function tryParse(text: string, options: Options): string[][] | undefined {
  try {
    return parse(text, options);
  } catch {
    return undefined;
  }
}

/** The delimiter that occurs most often in the first row, outside of quotes. */
function delimiterOf(text: string, mediaType: string): string {
  if (isTabSeparated(mediaType)) return "\t";
  const start = text.slice(0, MAX_FIRST_ROW);
  const [row = ""] = /^(?:[^"\r\n]|"(?:[^"]|"")*")*/.exec(start) ?? [];
  // Without a stray quote, the row ends at the end of a line.
  const isWhole = start[row.length] !== '"';
  const line = isWhole ? row.replaceAll(/"(?:[^"]|"")*"/g, "") : (/^[^\r\n]*/.exec(start)?.[0] ?? "");
  const count = (delimiter: string): number => line.split(delimiter).length;
  return DELIMITERS.toSorted((a, b) => count(b) - count(a))[0] ?? ",";
}

function isTabSeparated(mediaType: string): boolean {
  return mediaType.endsWith("tab-separated-values");
}

/** A longer row is judged by its beginning. */
const MAX_FIRST_ROW = 16 * 1024;

function isHeader(row: readonly string[]): boolean {
  return new Set(row).size === row.length && row.every((name) => COLUMN.test(name)) && !isSecretRow(row);
}

/** A row such as `password,5f3a9c01` has the value next to its name: as a column name it would be in every path. */
export function isSecretRow(row: readonly string[]): boolean {
  return row.some((cell) => VALUE.test(cell) && !isSensitiveLabel(cell)) && row.some((cell) => isSensitiveLabel(cell));
}

function rowObject(columns: readonly string[], row: readonly string[]): Json {
  const object = emptyObject();
  for (const [at, cell] of row.entries()) {
    const name = columns[at];
    if (name === undefined) break;
    object[name] = cell;
  }
  if (row.length > columns.length) object["$more"] = row.slice(columns.length);
  return object;
}

function takeForEach(text: string, substring: string, cost: number, budget: ParseBudget): void {
  for (let at = text.indexOf(substring); at !== -1; at = text.indexOf(substring, at + 1)) budget.take(cost);
}

function takeForEachMatch(text: string, pattern: RegExp, cost: number, budget: ParseBudget): void {
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) budget.take(cost);
}
