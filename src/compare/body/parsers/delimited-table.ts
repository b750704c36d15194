import { parse } from "csv-parse/sync";
import type { Json } from "../../tree/json-tree.ts";
import { headerLine } from "../../redact/table-masker.ts";
import { MAX_ELEMENTS, MAX_VALUES, tooManyValues } from "../parse-limits.ts";
import type { ContentType } from "../content-type.ts";
import { emptyObject } from "./tree-members.ts";

const DELIMITERS = [",", ";", "\t", "|"] as const;
/** What a column may be called; a first row with anything else is a row like the others. */
const COLUMN = /^[\p{L}_][\p{L}\p{N}\p{Pd}_ .:/()#%$€]{0,63}$/u;

/**
 * Rows of values (RFC 4180). Where the first row names the columns: `{ columns, rows }` with rows as objects; cells beyond
 * the columns stand below `$more`. Otherwise `{ rows }` with rows as arrays. Empty lines are nothing.
 * @returns undefined when quotes do not close
 */
export function parseTable(text: string, type: ContentType): Json | undefined {
  const delimiter = delimiterOf(text, type.mediaType);
  if (hasMore(text, delimiter, MAX_VALUES) || hasMore(text, "\n", MAX_ELEMENTS)) throw tooManyValues();
  const rows = parsed(text, delimiter);
  if (rows === undefined) return undefined;
  const [first = [], ...others] = rows;
  const absent = type.parameters.get("header")?.toLowerCase() === "absent";
  if (absent || !isHeader(first)) return { rows };
  return { columns: first, rows: others.map((row) => rowObject(first, row)) };
}

function parsed(text: string, delimiter: string): string[][] | undefined {
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

/** Told by the first line: what it has most of. */
function delimiterOf(text: string, mediaType: string): string {
  if (mediaType.endsWith("tab-separated-values")) return "\t";
  const line = headerLine(text) || text;
  const counted = (delimiter: string): number => line.split(delimiter).length;
  return DELIMITERS.toSorted((a, b) => counted(b) - counted(a))[0] ?? ",";
}

function isHeader(row: readonly string[]): boolean {
  return new Set(row).size === row.length && row.every((name) => COLUMN.test(name));
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

function hasMore(text: string, what: string, most: number): boolean {
  let count = 0;
  for (let at = text.indexOf(what); at !== -1; at = text.indexOf(what, at + 1)) {
    count += 1;
    if (count > most) return true;
  }
  return false;
}
