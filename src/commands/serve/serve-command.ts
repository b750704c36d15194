import { Command, Option } from "commander";
import { FLAGS, type Flag } from "../../config/options/flags.ts";
import type { FlagValues } from "../../config/options/settings.ts";
import type { SetExitCode, CommandIo } from "../terminal/command-io.ts";
import { listOption } from "../terminal/shared-options.ts";

const HELP = `
Every flag has an environment variable: --gate-parity is SHADOWDIFF_GATE_PARITY. Precedence: flags, environment variables,
the configuration file, defaults.

Examples:
  shadowdiff serve --primary http://127.0.0.1:9001 --candidate http://127.0.0.1:9002
  shadowdiff serve --config shadowdiff.yaml --listen :8080`;

/** The groups of flags in the help text, by the section of the document. */
const GROUPS: ReadonlyMap<unknown, string> = new Map([
  [undefined, "Versions of the service:"],
  ["istio", "Versions of the service:"],
  ["routes", "Mirroring:"],
  ["tap", "Mirroring:"],
  ["gate", "Verdict:"],
  ["upstream", "Limits:"],
  ["capture", "Limits:"],
  ["compare", "Limits:"],
  ["threads", "Limits:"],
]);
const OTHER_GROUP = "Addresses, store and run:";

export function serveCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  const command = new Command("serve")
    .description("proxy a service, mirror its requests to candidates, and compare the responses")
    .option("-c, --config <file>", "YAML configuration file (SHADOWDIFF_CONFIG)")
    .addHelpText("after", HELP)
    .action(async (flags: FlagValues) => {
      // Imported on demand, so that other commands start faster.
      const { runServe } = await import("./run-serve.ts");
      setExitCode(await runServe(flags, io, process.env));
    });
  for (const flag of FLAGS) command.addOption(createOption(flag));
  return command;
}

function createOption({ flag, path, list, isSwitch = false, type, help, defaultText }: Flag): Option {
  const description = defaultText === undefined ? help : `${help} (default: ${defaultText})`;
  const text = list ? `${description}; may be repeated` : description;
  const usage = isSwitch ? flag : `${flag} <${type.placeholder}>`;
  const option = list ? listOption(usage, text) : new Option(usage, text);
  if (isSwitch) option.preset("true");
  return option.helpGroup(GROUPS.get(path?.[0]) ?? OTHER_GROUP);
}
