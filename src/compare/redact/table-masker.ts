import { isSensitiveName } from "../../secrets/sensitive-names.ts";
import type { Masker } from "./secret-masker.ts";

const TABLE_TYPE = /^(?:text|application)\/(?:x-)?(?:csv|tab-separated-values)$/;
const DELIMITERS = [",", ";", "\t", "|"] as const;

/** Whether a body of this type is rows of values whose first row names them. */
export function isTable(mediaType: string): boolean {
  return TABLE_TYPE.test(mediaType);
}

/** The first line with its end: what names the columns. */
export function headerLine(text: string): string {
  return text.slice(0, text.indexOf("\n") + 1);
}

/** What a quoted cell may hide from who reads the table as a text: quotes are doubled, and its lines do not begin with it. */
const ESCAPED = /""|[\r\n:=<]/;

/**
 * CSV (RFC 4180) with every value in a column of a sensitive name replaced, and secrets within cells that are written in
 * another way than they are meant; the first row has the names.
 */
export function maskTable(text: string, { whole, text: mask }: Pick<Masker, "whole" | "text">): string {
  const header = /[^\r\n]*/.exec(text)?.[0] ?? "";
  const delimiter = DELIMITERS.toSorted((a, b) => header.split(b).length - header.split(a).length)[0] ?? ",";
  const cell = new RegExp(`((?:"[^"]*(?:""[^"]*)*"?)?[^${delimiter}\\r\\n]*)(\\r?\\n|\\r|[${delimiter}]|$)`, "y");
  const secret = new Set<number>();
  const out: string[] = [];
  let [row, column] = [0, 0];
  for (let at = 0; at < text.length; at = cell.lastIndex) {
    cell.lastIndex = at;
    const [all = "", written = "", after = ""] = cell.exec(text) ?? [];
    if (all === "") break;
    const value = written.startsWith('"') ? written.slice(1).replace(/"$/, "").replaceAll('""', '"') : written;
    if (row === 0 && isSensitiveName(value)) secret.add(column);
    if (row > 0 && value !== "" && secret.has(column)) out.push(whole(value) + after);
    else if (written.startsWith('"') && ESCAPED.test(written)) out.push(quoted(written, value, mask(value)) + after);
    else out.push(all);
    column = after === delimiter ? column + 1 : 0;
    if (column === 0) row += 1;
  }
  return out.join("");
}

function quoted(written: string, value: string, shown: string): string {
  return shown === value ? written : `"${shown.replaceAll('"', '""')}"`;
}
