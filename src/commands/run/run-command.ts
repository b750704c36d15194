import { Command, Option } from "commander";
import { DEFAULT_ADMIN_LISTEN } from "../../config/defaults.ts";
import { MARK_KINDS } from "../../model/explain/mark.ts";
import type { CommandIo, SetExitCode } from "../terminal/command-io.ts";
import { examplesHelp } from "../terminal/help-text.ts";
import {
  formatOption,
  listOption,
  storeOption,
  storeOrEnvironment,
  tokenOption,
  urlOption,
} from "../terminal/shared-options.ts";
import type { CompareOptions } from "./compare-two-runs.ts";
import { parseTime, type MarkOptions } from "./mark-options.ts";
import type { AdminOptions, ListOptions, StartOptions } from "./run-requests.ts";

const START_EXAMPLES = [
  'shadowdiff run start --name "release 2.4" --label commit=3f2a',
  "shadowdiff run start --url http://127.0.0.1:9900",
];
const END_EXAMPLES = ["shadowdiff run end", "shadowdiff run end --url http://127.0.0.1:9900"];
const MARK_EXAMPLES = [
  'shadowdiff run mark "v2 restarted"',
  'shadowdiff run mark "schema migrated" --at 2026-11-20T10:01:00Z --subset v2 --url http://127.0.0.1:9900',
  'shadowdiff run mark "sale began" --kind note --run "release 2.4"',
];
const LIST_EXAMPLES = [
  "shadowdiff run list --store sqlite:./shadowdiff.db",
  "shadowdiff run list --url http://127.0.0.1:9900 --format json",
];
const COMPARE_EXAMPLES = ["shadowdiff run compare", 'shadowdiff run compare "release 2.3" "release 2.4"'];
const EXAMPLES = [START_EXAMPLES, END_EXAMPLES, MARK_EXAMPLES, LIST_EXAMPLES, COMPARE_EXAMPLES].flatMap((each) =>
  each.slice(0, 1),
);

export function runCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return new Command("run")
    .description("start, end, mark, list and compare runs")
    .addHelpText("after", examplesHelp(EXAMPLES))
    .addCommand(startCommand(io, setExitCode))
    .addCommand(endCommand(io, setExitCode))
    .addCommand(markCommand(io, setExitCode))
    .addCommand(listCommand(io, setExitCode))
    .addCommand(compareCommand(io, setExitCode));
}

function startCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return adminCommand("start", "end the current run of a running shadowdiff, and start another")
    .option("--name <name>", "name of the new run (default: its id)")
    .addOption(listOption("--label <key=value>", "label of the new run; may be repeated"))
    .addHelpText("after", examplesHelp(START_EXAMPLES))
    .action(async (options: StartOptions) => {
      const { startRun } = await import("./run-requests.ts");
      setExitCode(await startRun(options, io));
    });
}

function endCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return adminCommand("end", "end the current run of a running shadowdiff, and continue with an unnamed one")
    .addHelpText("after", examplesHelp(END_EXAMPLES))
    .action(async (options: AdminOptions) => {
      const { endRun } = await import("./run-requests.ts");
      setExitCode(await endRun(options, io));
    });
}

function markCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return adminCommand(
    "mark",
    "tell a running shadowdiff what happened, such as a deployment, to explain what changed then",
  )
    .argument("<text>", "what happened, in one line")
    .addOption(
      new Option(
        "--at <time>",
        "when it happened: a date and time of ISO 8601, or Unix milliseconds (default: now)",
      ).argParser(parseTime),
    )
    .addOption(new Option("--kind <kind>", "what it is").choices(MARK_KINDS).default("deployment"))
    .option("--subset <name>", "version that it concerns (default: all)")
    .option("--run <run>", "id or name of a run (default: the current run)")
    .addHelpText("after", examplesHelp(MARK_EXAMPLES))
    .action(async (text: string, options: Omit<MarkOptions, "text">) => {
      const { markRun } = await import("./run-requests.ts");
      setExitCode(await markRun({ ...options, text }, io));
    });
}

function listCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return new Command("list")
    .description("list the runs, newest first")
    .addOption(storeOption())
    .addOption(urlOption())
    .addOption(tokenOption())
    .addOption(formatOption())
    .addHelpText("after", examplesHelp(LIST_EXAMPLES))
    .action(async (options: ListOptions) => {
      const { listRuns } = await import("./run-requests.ts");
      setExitCode(await listRuns({ ...options, store: storeOrEnvironment(options.store) }, io));
    });
}

function compareCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return new Command("compare")
    .description("show which causes are new, fixed or unchanged between two runs")
    .argument("[before]", "id or name of the earlier run; with --url, only the id (default: the previous run)")
    .argument("[after]", "id or name of the later run; with --url, only the id (default: the newest)")
    .addOption(storeOption())
    .addOption(urlOption())
    .addOption(tokenOption())
    .option("--candidate <name>", "candidate to compare; required if the runs have several")
    .addOption(formatOption())
    .addHelpText("after", examplesHelp(COMPARE_EXAMPLES))
    .action(async (before: string | undefined, after: string | undefined, options: CompareOptions) => {
      const { compareTwoRuns } = await import("./compare-two-runs.ts");
      setExitCode(await compareTwoRuns({ ...options, store: storeOrEnvironment(options.store), before, after }, io));
    });
}

/** A command that needs a running shadowdiff. */
function adminCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option("--url <url>", "admin address of the running shadowdiff", `http://${DEFAULT_ADMIN_LISTEN}`)
    .addOption(tokenOption());
}
