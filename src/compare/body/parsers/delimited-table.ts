import { parse } from "csv-parse/sync";
import type { Json } from "../../tree/json-tree.ts";
import { isSensitiveLabel } from "../../../secrets/sensitive-names.ts";
import { MAX_ELEMENTS, MAX_VALUES, tooManyValues } from "../parse-limits.ts";
import type { ContentType } from "../content-type.ts";
import { emptyObject } from "./tree-members.ts";

const DELIMITERS = [",", ";", "\t", "|"] as const;
/** A valid column name. A first row with any other cell is a data row. */
const COLUMN = /^[\p{L}_][\p{L}\p{N}\p{Pd}_ .:/()#%$€]{0,63}$/u;

/** No name of a column: a number, or a long word with digits. */
const VALUE = /^(?:-?[\d.]+|(?=.*\d)\S{8,})$/;

/**
 * Parses CSV and TSV (RFC 4180). When the first row names the columns, the result is `{ columns, rows }` with rows as
 * objects, and cells beyond the columns are listed under `$more`. Otherwise it is `{ rows }` with rows as arrays. Empty
 * lines are ignored.
 * @returns undefined when a quote is not closed
 */
export function parseTable(text: string, type: ContentType): Json | undefined {
  const rows = parseRows(text, type)?.rows;
  if (rows === undefined) return undefined;
  const [first = [], ...others] = rows;
  const absent = type.parameters.get("header")?.toLowerCase() === "absent";
  if (absent || !isHeader(first)) return { rows: rows.map((row) => [...row]) };
  return { columns: [...first], rows: others.map((row) => rowObject(first, row)) };
}

export interface ParsedRows {
  readonly delimiter: string;
  readonly rows: readonly (readonly string[])[];
}

/**
 * @returns undefined when a quote is not closed
 * @throws ParseLimitError
 */
export function parseRows(text: string, type: ContentType): ParsedRows | undefined {
  const delimiter = delimiterOf(text, type.mediaType);
  if (occursMoreThan(text, delimiter, MAX_VALUES) || occursMoreThan(text, "\n", MAX_ELEMENTS)) throw tooManyValues();
  const rows = splitRows(text, delimiter);
  return rows && { delimiter, rows };
}

function splitRows(text: string, delimiter: string): string[][] | undefined {
  try {
    const quote = delimiter === "\t" ? { quote: null } : {};
    return parse(text, {
      delimiter,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      max_record_size: 0,
      ...quote,
    });
  } catch {
    return undefined;
  }
}

/** The delimiter that occurs most often in the first line. */
function delimiterOf(text: string, mediaType: string): string {
  if (mediaType.endsWith("tab-separated-values")) return "\t";
  const line = text.slice(0, text.indexOf("\n") + 1) || text;
  const count = (delimiter: string): number => line.split(delimiter).length;
  return DELIMITERS.toSorted((a, b) => count(b) - count(a))[0] ?? ",";
}

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

function occursMoreThan(text: string, substring: string, limit: number): boolean {
  let count = 0;
  for (let at = text.indexOf(substring); at !== -1; at = text.indexOf(substring, at + 1)) {
    count += 1;
    if (count > limit) return true;
  }
  return false;
}
