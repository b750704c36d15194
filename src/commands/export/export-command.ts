import { Command, InvalidArgumentError, Option } from "commander";
import type { Role } from "../../model/capture.ts";
import type { CommandIo, SetExitCode } from "../terminal/command-io.ts";
import { examplesHelp } from "../terminal/help-text.ts";
import { storeOption, storeOrEnvironment, tokenOption, urlOption } from "../terminal/shared-options.ts";
import type { ExportRulesOptions } from "./export-rules.ts";
import type { ExportSamplesOptions, SampleFormat } from "./export-samples.ts";
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
const HAR_EXAMPLES = [
  "shadowdiff export har --output exchanges.har",
  'shadowdiff export har --role candidate --endpoint "GET /items/{id}" --limit 100',
];
const NDJSON_EXAMPLES = [
  "shadowdiff export ndjson --output exchanges.ndjson",
  'shadowdiff export ndjson --store sqlite:./shadowdiff.db --run "release 2.4" --candidate v2',
];
const EXAMPLES = [RULES_EXAMPLES, TALLIES_EXAMPLES, HAR_EXAMPLES, NDJSON_EXAMPLES].flatMap((each) => each.slice(0, 1));

export function exportCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return new Command("export")
    .description("export rules, counts and stored exchanges for other programs and for replay")
    .addHelpText("after", examplesHelp(EXAMPLES))
    .addCommand(rulesCommand(io, setExitCode))
    .addCommand(talliesCommand(io, setExitCode))
    .addCommand(harCommand(io, setExitCode))
    .addCommand(ndjsonCommand(io, setExitCode));
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

function harCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return samplesCommand(
    "har",
    "export stored exchanges as an HTTP archive (HAR 1.2), for browsers and replay",
    io,
    setExitCode,
  )
    .addOption(roleOption("whose response the entries have").default("primary" satisfies Role))
    .addHelpText("after", examplesHelp(HAR_EXAMPLES));
}

function ndjsonCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return samplesCommand(
    "ndjson",
    "export stored exchanges as JSON, one per line, for scripts and replay",
    io,
    setExitCode,
  )
    .addOption(roleOption("export the response of this one only (default: all)"))
    .addHelpText("after", examplesHelp(NDJSON_EXAMPLES));
}

/** Secrets stay masked, and request bodies are not stored. */
function samplesCommand(format: SampleFormat, description: string, io: CommandIo, setExitCode: SetExitCode): Command {
  return sourceCommand(format, description)
    .option("--candidate <name>", "candidate whose exchanges to export; required if the run has several")
    .option("--endpoint <endpoint>", "only this endpoint, as the report names it (default: all)")
    .addOption(new Option("--limit <count>", "only the newest exchanges (default: all)").argParser(parseLimit))
    .action(async (options: ExportSamplesOptions) => {
      const { exportSamples } = await import("./export-samples.ts");
      setExitCode(await exportSamples(format, { ...options, store: storeOrEnvironment(options.store) }, io));
    });
}

function roleOption(description: string): Option {
  return new Option("--role <role>", description).choices(["primary", "candidate", "secondary"] satisfies Role[]);
}

function parseLimit(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a number from 1, like 100.");
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
