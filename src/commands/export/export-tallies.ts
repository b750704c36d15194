import { Readable } from "node:stream";
import { stringify } from "csv-stringify";
import { loadReport } from "../report/load-report.ts";
import { chooseCandidate, chooseRun } from "../terminal/choose-run.ts";
import { CommandError, type CommandIo } from "../terminal/command-io.ts";
import { readStore } from "../terminal/read-store.ts";
import { runExport, writeExport } from "./export-output.ts";
import type { ExportSource } from "./export-rules.ts";
import {
  BLOCK_COLUMNS,
  blockRows,
  ENDPOINT_COLUMNS,
  endpointRows,
  FIELD_COLUMNS,
  fieldRows,
  type TallyRow,
  type TallyTable,
} from "./tally-tables.ts";

export interface ExportTalliesOptions extends ExportSource {
  /** Required if the run has several. */
  readonly candidate?: string | undefined;
  readonly per: TallyTable;
}

/**
 * Exports the counts of a run and candidate as CSV (RFC 4180, with line feeds). A text that a spreadsheet would run as a formula
 * begins with an apostrophe.
 * @returns exit code 0; 2 if there is no such run or the file cannot be written, with the reason on `io.err`
 */
export function exportTallies(options: ExportTalliesOptions, io: CommandIo): Promise<number> {
  return runExport(io, () => (options.per === "block" ? exportBlocks(options, io) : exportReport(options, io)));
}

function exportReport(options: ExportTalliesOptions, io: CommandIo): Promise<void> {
  return loadReport(options, io, ({ report }) =>
    options.per === "field"
      ? writeTable(options.output, FIELD_COLUMNS, fieldRows(report), io)
      : writeTable(options.output, ENDPOINT_COLUMNS, endpointRows(report), io),
  );
}

function exportBlocks({ store, url, run: wanted, candidate, output }: ExportTalliesOptions, io: CommandIo) {
  if (url !== undefined) throw new CommandError("--per block reads a store, which --url does not give; use --store");
  return readStore(
    store,
    async (reader, path) => {
      const run = chooseRun(await reader.runs(), wanted, path);
      const name = chooseCandidate(run, candidate);
      const blocks = await reader.blocks(run.id, name);
      await writeTable(output, BLOCK_COLUMNS, blockRows({ run, candidate: name }, blocks), io);
    },
    io,
  );
}

function writeTable(
  output: string | undefined,
  columns: readonly string[],
  rows: Iterable<TallyRow>,
  io: CommandIo,
): Promise<void> {
  const table = stringify({ header: true, columns: [...columns], escape_formulas: true });
  return writeExport(output, Readable.from(rows).compose(table.setEncoding("utf8")), io);
}
