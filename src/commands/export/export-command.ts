import { Command, Option } from "commander";
import type { CommandIo, SetExitCode } from "../terminal/command-io.ts";
import { examplesHelp } from "../terminal/help-text.ts";
import { storeOption, storeOrEnvironment, tokenOption, urlOption } from "../terminal/shared-options.ts";
import type { ExportRulesOptions } from "./export-rules.ts";
import type { ExportTalliesOptions } from "./export-tallies.ts";
import { TALLY_TABLES } from "./tally-tables.ts";

const RULES_EXAMPLES = [
  "shadowdiff export rules --output rules.yaml",
  "shadowdiff export rules --added --url http://127.0.0.1:9900",
];
const TALLIES_EXAMPLES = [
  "shadowdiff export tallies --output endpoints.csv",
  "shadowdiff export tallies --per field --store sqlite:./shadowdiff.db --candidate v2",
  'shadowdiff export tallies --per block --run "release 2.4"',
];
const EXAMPLES = [RULES_EXAMPLES, TALLIES_EXAMPLES].flatMap((each) => each.slice(0, 1));

export function exportCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return new Command("export")
    .description("export rules and counts for other programs")
    .addHelpText("after", examplesHelp(EXAMPLES))
    .addCommand(rulesCommand(io, setExitCode))
    .addCommand(talliesCommand(io, setExitCode));
}

function rulesCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return sourceCommand("rules", "export rules as YAML that a configuration accepts: compare.rules")
    .option("--added", "only the rules that were added at run time, on the dashboard or through the API")
    .addHelpText("after", examplesHelp(RULES_EXAMPLES))
    .action(async (options: ExportRulesOptions) => {
      // Imported on demand, so that other commands start faster.
      const { exportRules } = await import("./export-rules.ts");
      setExitCode(await exportRules({ ...options, store: storeOrEnvironment(options.store) }, io));
    });
}

function talliesCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return sourceCommand("tallies", "export counts as CSV")
    .option("--candidate <name>", "candidate whose counts to export; required if the run has several")
    .addOption(
      new Option("--per <row>", "what a row counts: an endpoint, a differing field, or the requests of a time block")
        .choices(TALLY_TABLES)
        .default("endpoint"),
    )
    .addHelpText("after", examplesHelp(TALLIES_EXAMPLES))
    .action(async (options: ExportTalliesOptions) => {
      const { exportTallies } = await import("./export-tallies.ts");
      setExitCode(await exportTallies({ ...options, store: storeOrEnvironment(options.store) }, io));
    });
}

/** A command that reads a run of a store or of a running shadowdiff, and writes a file or to stdout. */
function sourceCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addOption(storeOption())
    .addOption(urlOption())
    .addOption(tokenOption())
    .option("--run <run>", "id or name of a run; current for the newest (default: the newest)")
    .option("--output <file>", "file to write (default: stdout)");
}
