import { EXIT_INCONCLUSIVE, EXIT_OK, EXIT_REGRESSION, EXIT_USAGE } from "../exit-codes.ts";
import type { Verdict } from "../../model/report.ts";
import { hasColors } from "../../report/render/text/terminal-color.ts";
import { escapeText } from "../../report/render/text/terminal-text.ts";
import { CommandError, type CommandIo, NotStoredError } from "../terminal/command-io.ts";
import { loadReport, type ReportSelection } from "./load-report.ts";
import { writeOutput, type MarkdownPlace, type ReportFormat, type ReportOutput } from "./report-outputs.ts";
import { renderReport, type RenderOptions } from "./render-report.ts";

export interface ReportOptions extends ReportSelection {
  readonly format: ReportFormat;
  /** Files to write in addition. */
  readonly output?: readonly ReportOutput[] | undefined;
  /** What the length of Markdown is limited for; default: a comment. */
  readonly markdownFor?: MarkdownPlace | undefined;
  /** Also print the numbers that Diffy shows. JSON always contains them. */
  readonly diffy?: boolean | undefined;
  /** Exit with the verdict. */
  readonly gate?: boolean | undefined;
  /** Default: whether stdout is a terminal with colors. */
  readonly color?: boolean | undefined;
  /** Default: that of the terminal. */
  readonly width?: number | undefined;
}

const GATE_EXIT: Readonly<Record<Verdict, number>> = {
  pass: EXIT_OK,
  fail: EXIT_REGRESSION,
  inconclusive: EXIT_INCONCLUSIVE,
};

/**
 * Prints the report of a run and candidate, and writes it to files.
 * @returns exit code 0, or the verdict's with `gate`; 2 if there is no such report or a file cannot be written, with the reason
 * on `io.err`
 */
export async function runReport(options: ReportOptions, io: CommandIo): Promise<number> {
  const { format, output = [], diffy = false, markdownFor = "comment" } = options;
  const { color = hasColors(process.stdout), width = process.stdout.columns } = options;
  const inFile: RenderOptions = { color: false, diffy, markdownFor };
  try {
    return await loadReport(options, io, async (loaded) => {
      io.out(await renderReport(loaded, format, { ...inFile, color, width }));
      for (const file of output) await writeOutput(file.path, await renderReport(loaded, file.format, inFile));
      return options.gate === true ? GATE_EXIT[loaded.report.verdict] : EXIT_OK;
    });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (error instanceof NotStoredError) {
      io.err(`verdict: inconclusive\n  not stored: ${escapeText(error.message)}\n`);
      return options.gate === true ? EXIT_INCONCLUSIVE : EXIT_USAGE;
    }
    io.err(`${escapeText(error.message)}\n`);
    return EXIT_USAGE;
  }
}
