import { Command } from "commander";
import type { CheckOptions } from "./run-check.ts";
import type { SetExitCode, CommandIo } from "../terminal/command-io.ts";
import { formatOption, listOption } from "../terminal/shared-options.ts";

const HELP = `
Exits with 0 if the configuration is valid, even with warnings, and with 2 if not.

Examples:
  shadowdiff check shadowdiff.yaml
  shadowdiff check bookinfo.yaml --address reviews/v1=http://127.0.0.1:9001 --address reviews/v2=http://127.0.0.1:9002
  shadowdiff check --request 'GET /my-app -H "User-Agent: Chrome"' shadowdiff.yaml`;

export function checkCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return new Command("check")
    .description("validate configurations, and print how requests are routed and mirrored")
    .argument("<file...>", "shadowdiff configurations, or Istio and Gateway API documents")
    .option("--request <line>", "explain how one request is routed: METHOD TARGET -H 'Name: value'")
    .addOption(listOption("--address <host/subset=url>", "URL of an Istio subset; may be repeated"))
    .addOption(formatOption())
    .addHelpText("after", HELP)
    .action(async (files: readonly string[], options: CheckOptions) => {
      // Imported on demand, so that other commands start faster.
      const { runCheck } = await import("./run-check.ts");
      setExitCode(runCheck(files, options, io, process.env));
    });
}
