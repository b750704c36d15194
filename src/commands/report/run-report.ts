import { EXIT_INCONCLUSIVE, EXIT_OK, EXIT_REGRESSION, EXIT_USAGE } from "../exit-codes.ts";
import type { Report, Verdict } from "../../model/report.ts";
import { wantsColour } from "../../report/render/terminal-colour.ts";
import { buildReport } from "../../report/parity-report.ts";
import { HistoryCache } from "../../report/history-cache.ts";
import { renderText } from "../../report/render/render-text.ts";
import { escapeText } from "../../report/render/terminal-text.ts";
import { chooseCandidate, chooseRun } from "../terminal/choose-run.ts";
import type { CommandIo } from "../terminal/io.ts";
import { fetchReport } from "./report-client.ts";
import { CommandError } from "../terminal/report-error.ts";
import { readStore } from "../terminal/store-file.ts";

export interface ReportOptions {
  /** `sqlite:PATH` or the path alone; by default where `serve` stores. */
  readonly store?: string | undefined;
  /** Admin address of a running shadowdiff, which is asked instead of a store. */
  readonly url?: string | undefined;
  /** Of the admin listener; by default SHADOWDIFF_ADMIN_TOKEN. */
  readonly token?: string | undefined;
  /** Id or name of a run; by default the newest. */
  readonly run?: string | undefined;
  /** Needed when the run has several. */
  readonly candidate?: string | undefined;
  readonly format: "text" | "json";
  /** Prints the numbers that Diffy would show, too; as JSON they always are. */
  readonly diffy?: boolean | undefined;
  /** The exit code tells the verdict. */
  readonly gate: boolean;
  /** By default when stdout is a terminal that wants them. */
  readonly colour?: boolean | undefined;
}

/** Kept exchanges that are compared under rules which came later: some seconds of work at most. */
export const MAX_COMPARED_AGAIN = 5_000;

const GATE_EXIT: Readonly<Record<Verdict, number>> = {
  pass: EXIT_OK,
  fail: EXIT_REGRESSION,
  inconclusive: EXIT_INCONCLUSIVE,
};

/**
 * Prints the report of one run and candidate.
 * @returns 0 when it was printed, with `gate` 0, 1 or 3 by its verdict; 2 when there is no such report, which is then told
 *   in one line on `io.err`
 */
export async function runReport(options: ReportOptions, io: CommandIo): Promise<number> {
  let report: Report;
  try {
    report = options.url === undefined ? readReport(options) : await fetchReport(options.url, options);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    io.err(`${escapeText(error.message)}\n`);
    return EXIT_USAGE;
  }
  const colour = options.colour ?? wantsColour(process.stdout, process.env);
  io.out(
    options.format === "json"
      ? `${JSON.stringify(report, null, 2)}\n`
      : renderText(report, { colour, diffy: options.diffy === true }),
  );
  return options.gate ? GATE_EXIT[report.verdict] : EXIT_OK;
}

/** From a store's file. It may be in use by a running shadowdiff. */
function readReport(options: ReportOptions): Report {
  return readStore(options.store, (reader, path) => {
    const run = chooseRun(reader.runs(), options.run, path);
    const context = { now: Date.now(), cache: new HistoryCache(MAX_COMPARED_AGAIN) };
    return buildReport(reader, run, chooseCandidate(run, options.candidate), context);
  });
}
