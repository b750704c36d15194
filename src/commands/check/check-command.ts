import { Command, Option } from "commander";
import type { CheckOptions } from "./run-check.ts";
import type { SetExitCode, CommandIo } from "../terminal/io.ts";
import { listOption } from "../terminal/list-option.ts";

const HELP = `
Exits with 0 when the documents can be served, warnings or not, and with 2 when not.

Examples:
  shadowdiff check shadowdiff.yaml
  shadowdiff check bookinfo.yaml --address reviews/v1=http://127.0.0.1:9001 --address reviews/v2=http://127.0.0.1:9002
  shadowdiff check --request 'GET /my-app -H "User-Agent: Chrome"' shadowdiff.yaml`;

export function checkCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return new Command("check")
    .description("validate documents, and print which request goes where and what is mirrored")
    .argument("<file...>", "configurations of shadowdiff, or documents of Istio and Gateway API as they are")
    .option("--request <line>", "show the decision for one request and why: METHOD TARGET -H 'Name: value'")
    .addOption(listOption("--address <host/subset=url>", "where a subset of an Istio document is; may be repeated"))
    .addOption(new Option("--format <format>", "how it is printed").choices(["text", "json"]).default("text"))
    .addHelpText("after", HELP)
    .action(async (files: readonly string[], options: CheckOptions) => {
      // Only now: the other commands start faster without it.
      const { runCheck } = await import("./run-check.ts");
      setExitCode(runCheck(files, options, io, process.env));
    });
}
