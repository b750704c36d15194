import { Command, Option } from "commander";
import { DEFAULT_ADMIN_LISTEN } from "../../config/defaults.ts";
import type { SetExitCode, CommandIo } from "../terminal/io.ts";
import { listOption } from "../terminal/list-option.ts";
import type { CompareOptions } from "./compare-two-runs.ts";
import type { AskOptions, ListOptions, StartOptions } from "./run-requests.ts";

const DEFAULT_URL = `http://${DEFAULT_ADMIN_LISTEN}`;

const HELP = `
Examples:
  shadowdiff run start --name "release 2.4" --label commit=3f2a
  shadowdiff run end
  shadowdiff run list --store sqlite:./shadowdiff.db
  shadowdiff run compare "release 2.3" "release 2.4"`;

/** Ends and begins the runs of a running shadowdiff, and lists those that are stored. */
export function runCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  const run = new Command("run").description("end and begin runs, and list them").addHelpText("after", HELP);
  run.addCommand(
    asking("start", "end the current run of a running shadowdiff, and begin another one")
      .option("--name <name>", "of the new run (default: its id)")
      .addOption(listOption("--label <key=value>", "what tells it from others; may be repeated"))
      .action(async (options: StartOptions) => {
        const { startRun } = await import("./run-requests.ts");
        setExitCode(await startRun(options, io));
      }),
  );
  run.addCommand(
    asking("end", "end the current run of a running shadowdiff; one without a name goes on").action(
      async (options: AskOptions) => {
        const { endRun } = await import("./run-requests.ts");
        setExitCode(await endRun(options, io));
      },
    ),
  );
  run.addCommand(
    new Command("list")
      .description("list the runs, newest first")
      .addOption(
        new Option(
          "--store <store>",
          "where serve stores (default: SHADOWDIFF_STORE or sqlite:./shadowdiff.db)",
        ).conflicts("url"),
      )
      .option("--url <url>", "admin address of a running shadowdiff, which is asked instead of a store")
      .option("--token <token>", "of that admin listener (default: SHADOWDIFF_ADMIN_TOKEN)")
      .addOption(new Option("--format <format>", "how it is printed").choices(["text", "json"]).default("text"))
      .action(async (options: ListOptions) => {
        const store = options.store ?? (process.env["SHADOWDIFF_STORE"] || undefined);
        const { listRuns } = await import("./run-requests.ts");
        setExitCode(await listRuns({ ...options, store }, io));
      }),
  );
  run.addCommand(compareCommand(io, setExitCode));
  return run;
}

function compareCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return new Command("compare")
    .description("tell what is new, fixed and still there in a run, beside an earlier one")
    .argument("[before]", "id or name of the earlier run (default: the one before)")
    .argument("[after]", "id or name of the later run (default: the newest)")
    .addOption(
      new Option(
        "--store <store>",
        "where serve stores (default: SHADOWDIFF_STORE or sqlite:./shadowdiff.db)",
      ).conflicts("url"),
    )
    .option("--url <url>", "admin address of a running shadowdiff, which is asked instead of a store; runs by id")
    .option("--token <token>", "of that admin listener (default: SHADOWDIFF_ADMIN_TOKEN)")
    .option("--candidate <name>", "needed when the runs have several candidates")
    .addOption(new Option("--format <format>", "how it is printed").choices(["text", "json"]).default("text"))
    .action(async (before: string | undefined, after: string | undefined, options: CompareOptions) => {
      const store = options.store ?? (process.env["SHADOWDIFF_STORE"] || undefined);
      const { compareTwoRuns } = await import("./compare-two-runs.ts");
      setExitCode(await compareTwoRuns({ ...options, store, before, after }, io));
    });
}

function asking(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option("--url <url>", "admin address of the running shadowdiff", DEFAULT_URL)
    .option("--token <token>", "of that admin listener (default: SHADOWDIFF_ADMIN_TOKEN)");
}
