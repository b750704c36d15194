import { Command, Option } from "commander";
import { FLAGS, type Flag } from "../../config/options/flags.ts";
import type { FlagValues } from "../../config/options/settings.ts";
import type { SetExitCode, CommandIo } from "../terminal/io.ts";
import { listOption } from "../terminal/list-option.ts";

const HELP = `
Every flag has a variable: --gate-parity is SHADOWDIFF_GATE_PARITY. Flags win over variables, variables over the document,
the document over the defaults.

Examples:
  shadowdiff serve --primary http://127.0.0.1:9001 --candidate http://127.0.0.1:9002
  shadowdiff serve --config shadowdiff.yaml --listen :8080`;

/** Where a flag stands in the help text, by the section of the document that it belongs to. */
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
const OTHER_GROUP = "Addresses and store:";

export function serveCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  const command = new Command("serve")
    .description("stand in front of a service, mirror its requests and compare the answers")
    .option("-c, --config <file>", "YAML document with the options")
    .addHelpText("after", HELP)
    .action(async (flags: FlagValues) => {
      // Only now: the other commands start faster without it.
      const { runServe } = await import("./run-serve.ts");
      setExitCode(await runServe(flags, io, process.env));
    });
  for (const flag of FLAGS) command.addOption(optionOf(flag));
  return command;
}

function optionOf({ flag, path, list, isSwitch = false, type, help, defaultText }: Flag): Option {
  const description = defaultText === undefined ? help : `${help} (default: ${defaultText})`;
  const text = list ? `${description}; may be repeated` : description;
  const usage = isSwitch ? flag : `${flag} <${type.placeholder}>`;
  const option = list ? listOption(usage, text) : new Option(usage, text);
  if (isSwitch) option.preset("true");
  return option.helpGroup(GROUPS.get(path?.[0]) ?? OTHER_GROUP);
}
