import { Command, Option } from "commander";
import type { CommandIo, SetExitCode } from "../terminal/command-io.ts";
import { examplesHelp } from "../terminal/help-text.ts";
import { storeOption, storeOrEnvironment, tokenOption, urlOption } from "../terminal/shared-options.ts";
import { EXTENSIONS, MARKDOWN_BYTES, parseOutput, REPORT_FORMATS } from "./report-outputs.ts";
import type { ReportOptions } from "./run-report.ts";

const EXAMPLES = [
  "shadowdiff report",
  "shadowdiff report --gate --store sqlite:./shadowdiff.db",
  "shadowdiff report --store postgres://shadowdiff@db.internal/shadowdiff",
  "shadowdiff report --url http://127.0.0.1:9900 --format json",
  "shadowdiff report --gate --output report.xml --output report.md",
  "shadowdiff report --format html > report.html",
  'shadowdiff report --gate --run "build 42" --baseline "main 41"',
  "shadowdiff report --format markdown --markdown-for summary > summary.md",
  'shadowdiff report --run "release 2.4" --candidate v2',
];

export function reportCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return new Command("report")
    .description("print the verdict of a run and its differences")
    .addOption(storeOption())
    .addOption(urlOption())
    .addOption(tokenOption())
    .option(
      "--run <run>",
      "id or name of a run; current for the newest (default: the newest, or while it is empty the one that ended last)",
    )
    .option("--candidate <name>", "candidate to report on; required if the run has several")
    .option(
      "--baseline <run>",
      "id or name of a run with the same candidate: report and judge only what is new since, such as a run of the main branch",
    )
    .addOption(new Option("--format <format>", "format on stdout").choices(REPORT_FORMATS).default("text"))
    .addOption(
      new Option(
        "--output <file>",
        `also write a file, in the format of its extension: ${EXTENSIONS.join(", ")}; can be repeated`,
      ).argParser(parseOutput),
    )
    .addOption(
      new Option(
        "--markdown-for <place>",
        "what limits the length of Markdown: a comment of 65,000 characters, or the summary of a step, 1 MB",
      )
        .choices(Object.keys(MARKDOWN_BYTES))
        .default("comment"),
    )
    .option("--diffy", "also print the numbers that Diffy shows for each field")
    .option("--gate", "exit with the verdict: 0 pass, 1 fail, 3 inconclusive")
    .addHelpText("after", examplesHelp(EXAMPLES))
    .action(async (options: ReportOptions & { readonly store?: string | undefined }) => {
      // Imported on demand, so that other commands start faster.
      const { runReport } = await import("./run-report.ts");
      setExitCode(await runReport({ ...options, store: storeOrEnvironment(options.store) }, io));
    });
}
