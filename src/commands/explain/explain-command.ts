import { Command } from "commander";
import type { CommandIo, SetExitCode } from "../terminal/command-io.ts";
import { examplesHelp } from "../terminal/help-text.ts";
import { formatOption, storeOption, storeOrEnvironment, tokenOption, urlOption } from "../terminal/shared-options.ts";
import type { ExplainOptions } from "./run-explain.ts";

const EXAMPLES = [
  "shadowdiff explain 7fK2aQxY",
  "shadowdiff explain '$.price' --store sqlite:./shadowdiff.db",
  "shadowdiff explain 7fK2aQxY --url http://127.0.0.1:9900 --format json",
  'shadowdiff explain 7fK2aQxY --run "release 2.4" --endpoint "GET /products/{id}"',
];

const NOTE =
  "A cause is named by its signature or how that begins, as reports print it, or by words of its title. What its exchanges have " +
  "in common is found by statistics: it tells where to look, and not who is to blame.";

export function explainCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return new Command("explain")
    .description("say why a cause shows: what its exchanges have in common, and since when")
    .argument("<cause...>", "signature of a cause or how it begins, or words of its title")
    .addOption(storeOption())
    .addOption(urlOption())
    .addOption(tokenOption())
    .option("--run <run>", "id or name of a run; current for the newest (default: as for report)")
    .option("--candidate <name>", "candidate; required if the run has several")
    .option("--endpoint <endpoint>", "explain the cause on this endpoint only")
    .addOption(formatOption())
    .addHelpText("after", examplesHelp(EXAMPLES, NOTE))
    .action(async (words: readonly string[], options: Omit<ExplainOptions, "cause">) => {
      const { runExplain } = await import("./run-explain.ts");
      const cause = words.join(" ");
      setExitCode(await runExplain({ ...options, cause, store: storeOrEnvironment(options.store) }, io));
    });
}
