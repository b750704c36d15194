import { Command } from "commander";
import { CANDIDATE_FLAG, PRIMARY_FLAG, SECONDARY_FLAG } from "../../config/options/flags.ts";
import type { CommandIo, SetExitCode } from "../terminal/command-io.ts";
import { examplesHelp } from "../terminal/help-text.ts";
import { listOption } from "../terminal/shared-options.ts";
import type { InitOptions } from "./run-init.ts";

const DEFAULT_FILE = "shadowdiff.yaml";
const NOTE =
  "Asks for what the options leave out. Without a terminal, it does not ask: --primary and --candidate are required then, and the self-check is 20 percent unless another one or a secondary is given.";
const EXAMPLES = [
  "shadowdiff init",
  "shadowdiff init --primary http://127.0.0.1:9001 --candidate http://127.0.0.1:9002",
  "shadowdiff init rehearsal.yaml --primary http://old:80 --candidate http://new:80 --self-check 0",
];

export function initCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return new Command("init")
    .description("write a commented configuration, from three questions or from options")
    .argument("[file]", "configuration to write", DEFAULT_FILE)
    .option("--primary <[name=]url>", PRIMARY_FLAG.help)
    .addOption(listOption("--candidate <[name=]url>", `${CANDIDATE_FLAG.help}; may be repeated`))
    .option("--secondary <[name=]url>", SECONDARY_FLAG.help)
    .option(
      "--self-check <percent>",
      "percentage of mirrored safe requests sent to the primary twice, to measure noise without a secondary; 0 for none",
    )
    .option("--force", "replace the file if it exists")
    .addHelpText("after", examplesHelp(EXAMPLES, NOTE))
    .action(async (file: string, options: Omit<InitOptions, "file">) => {
      // Imported on demand, so that other commands start faster.
      const { runInit } = await import("./run-init.ts");
      const { terminalQuestions } = await import("./terminal-questions.ts");
      setExitCode(await runInit({ ...options, file }, io, terminalQuestions()));
    });
}
