import { Command } from "commander";
import type { CheckOptions } from "./run-check.ts";
import type { SetExitCode, CommandIo } from "../terminal/command-io.ts";
import { examplesHelp } from "../terminal/help-text.ts";
import { formatOption, listOption } from "../terminal/shared-options.ts";

const NOTE = "Exits with 0 if the configuration is valid, even with warnings, and with 2 if not.";
const EXAMPLES = [
  "shadowdiff check shadowdiff.yaml",
  "shadowdiff check bookinfo.yaml --address reviews/v1=http://127.0.0.1:9001",
  `shadowdiff check --request 'GET /my-app -H "User-Agent: Chrome"' shadowdiff.yaml`,
  "kubectl get virtualservices -o json | shadowdiff check -",
];

export function checkCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return new Command("check")
    .description("validate configurations, and print how requests are routed and mirrored")
    .argument(
      "<file...>",
      "shadowdiff configurations, or Istio and Gateway API documents, in YAML or JSON; - reads the standard input",
    )
    .option("--request <line>", "explain how one request is routed: METHOD TARGET -H 'Name: value'")
    .addOption(listOption("--address <host/subset=url>", "URL of an Istio subset; may be repeated"))
    .addOption(formatOption())
    .addHelpText("after", examplesHelp(EXAMPLES, NOTE))
    .action(async (files: readonly string[], options: CheckOptions) => {
      // Imported on demand, so that other commands start faster.
      const { runCheck } = await import("./run-check.ts");
      setExitCode(runCheck(files, options, io, process.env));
    });
}
