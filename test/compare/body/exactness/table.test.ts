import { dsvFormat } from "d3-dsv";
import { describe, expect, it } from "vitest";
import { comparePairs, type ExactFormat } from "./exact-pairs.ts";
import type { Random } from "./random.ts";

interface Table {
  readonly type: string;
  readonly delimiter: string;
  /** Whether the first line is `sep=;`. */
  readonly isDeclared: boolean;
  readonly rows: readonly (readonly string[])[];
}

const CSV = ["text/csv", "text/csv; header=present", "text/csv; header=absent"] as const;
const TSV = "text/tab-separated-values";
const DELIMITERS = [",", ";", "\t", "|"] as const;
const NAMES = ["id", "name", "price", "é", "__proto__", "a b"] as const;
const CELLS = ["", "1", "1.0", "a", "b", " a", "a ", "é", "\u00a0", "null", "$more"] as const;
const QUOTED = ["a,b", "a;b", "x|y", 'a"b', '"', '""', "a\nb", "a\r\nb", "a\rb", "\n", "a\tb", "sep=;"] as const;

const isTabs = ({ type }: Table): boolean => type === TSV;
const isWide = ({ rows }: Table): boolean => rows.some((row) => row.length > 1);

function cell(table: Pick<Table, "type">, random: Random): string {
  const pool = table.type === TSV ? [...CELLS, '"a"', 'a"b', "a,b"] : random.chance(0.3) ? QUOTED : CELLS;
  return random.pick(pool);
}

/** In a wide table, a row of one empty cell and an empty line are written alike. */
function tidy(table: Table): Table {
  const [first = [], ...others] = table.rows;
  const rows = [first.every((one) => one === "") ? ["id", ...first.slice(1)] : first, ...others];
  if (!isWide({ ...table, rows })) {
    // Without a delimiter in the table, it is a comma.
    return { ...table, rows, delimiter: table.isDeclared || isTabs(table) ? table.delimiter : "," };
  }
  return { ...table, rows: rows.filter((row) => row.length > 1 || row[0] !== "") };
}

function quoted(one: string, mustQuote: boolean, delimiter: string, random: Random): string {
  const needsQuotes = mustQuote || one.includes(delimiter) || /["\r\n]/.test(one);
  return needsQuotes || random.chance(0.2) ? `"${one.replaceAll('"', '""')}"` : one;
}

const FORMAT: ExactFormat<Table> = {
  create: (random) => {
    const type = random.chance(0.2) ? TSV : random.pick(CSV);
    const width = 1 + random.below(4);
    const names = random.shuffled(NAMES).slice(0, width);
    const body = random.list(4, () => Array.from({ length: width }, () => cell({ type }, random)));
    const delimiter = type === TSV ? "\t" : random.pick(DELIMITERS);
    const isDeclared = type !== TSV && random.chance(0.2);
    return tidy({ type, delimiter, isDeclared, rows: random.chance(0.7) ? [names, ...body] : [...body, names] });
  },
  change: (table, random) => {
    const how = random.below(10);
    if (how === 0 && !isTabs(table)) return tidy({ ...table, delimiter: random.pick(DELIMITERS) });
    if (how === 1 && !isTabs(table)) return tidy({ ...table, isDeclared: !table.isDeclared });
    const create = (): string => cell(table, random);
    const changeRow = (row: readonly string[]): string[] => random.changed(row, create, create);
    return tidy({ ...table, rows: random.changed(table.rows, () => [create(), create()], changeRow) });
  },
  write: (table, random) => {
    const { type, delimiter, isDeclared, rows } = table;
    const parts = isDeclared ? [`sep=${delimiter}${random.pick(["\n", "\r\n"])}`] : [];
    const addBreak = (): void => {
      // A line feed after a carriage return would end the same line.
      const follows = parts.at(-1)?.endsWith("\r") === true;
      parts.push(random.pick(follows ? ["\r", "\r\n"] : ["\n", "\r\n", "\r"]));
    };
    for (const [at, row] of rows.entries()) {
      const cells = row.map((one) => {
        // The first row tells the delimiter.
        const mustQuote = at === 0 && !isDeclared && DELIMITERS.some((other) => one.includes(other));
        return isTabs(table) ? one : quoted(one, mustQuote, delimiter, random);
      });
      const isLast = at === rows.length - 1;
      const text = cells.join(delimiter);
      parts.push(text);
      if (text === "") addBreak();
      else if (!isLast || random.chance(0.7)) parts.push(random.pick(["\n", "\r\n", "\r"]));
      if (isWide(table) && !isLast && random.chance(0.1)) addBreak();
    }
    // A line of its own that is empty would otherwise complete the carriage return before it.
    return { type, content: parts.join("") };
  },
  canonical: ({ content }, table) => {
    const text = table.isDeclared ? String(content).replace(/^.*\r?\n/, "") : String(content);
    const all = isTabs(table)
      ? text
          .replace(/(?:\r\n|\n|\r)$/, "")
          .split(/\r\n|\n|\r/)
          .map((line) => line.split("\t"))
      : dsvFormat(table.delimiter).parseRows(text);
    const rows = all.filter((row) => !isWide(table) || row.length > 1 || row[0] !== "");
    return JSON.stringify([table.delimiter, table.isDeclared, rows]);
  },
};

describe("CSV and TSV", () => {
  it("match exactly if d3-dsv reads the same rows from them, and the dialect is the same", async () => {
    const { pairs, equal, different } = await comparePairs(FORMAT, 3);
    expect(pairs).toBe(21_000);
    expect(equal).toBeGreaterThan(0.2);
    expect(different).toBeGreaterThan(0.2);
  });
});
