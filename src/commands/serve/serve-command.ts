import { Command } from "commander";
import { FLAGS } from "../../config/options/flags.ts";
import type { FlagValues } from "../../config/options/settings.ts";
import type { SetExitCode, CommandIo } from "../terminal/command-io.ts";
import { addConfigFlags } from "../terminal/config-flags.ts";
import { examplesHelp } from "../terminal/help-text.ts";

const NOTE =
  "Most services need only --primary, --candidate, and --secondary or --self-check. Every flag is also a field of the configuration and an environment variable: --gate-parity is gate.parity and SHADOWDIFF_GATE_PARITY. Precedence: flags, environment variables, the configuration file, defaults. A flag that may be repeated also accepts values separated by commas: --method GET,POST.";
const EXAMPLES = [
  "shadowdiff serve --primary http://127.0.0.1:9001 --candidate http://127.0.0.1:9002",
  "shadowdiff serve --config shadowdiff.yaml --listen :8080 --gate-parity 0.99",
  "shadowdiff serve --istio reviews.yaml --address reviews/v1=http://127.0.0.1:9001",
];

export function serveCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  const command = new Command("serve")
    .description("proxy a service, mirror its requests to candidates, and compare the responses")
    .option("-c, --config <file>", "configuration in YAML or JSON (SHADOWDIFF_CONFIG)")
    .addHelpText("after", examplesHelp(EXAMPLES, NOTE))
    .action(async (flags: FlagValues) => {
      // Imported on demand, so that other commands start faster.
      const { runServe } = await import("./run-serve.ts");
      setExitCode(await runServe(flags, io, process.env));
    });
  addConfigFlags(command, FLAGS);
  return command;
}
