import { isSensitiveName } from "../lib/sensitive.ts";

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

/** CSV (RFC 4180) with every value in a column of a sensitive name replaced; the first row has the names. */
export function maskTable(text: string, mask: (value: string) => string): string {
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
    out.push(row > 0 && value !== "" && secret.has(column) ? mask(value) + after : all);
    column = after === delimiter ? column + 1 : 0;
    if (column === 0) row += 1;
  }
  return out.join("");
}
