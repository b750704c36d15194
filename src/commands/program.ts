import { Command, CommanderError } from "commander";
import { EXIT_OK, EXIT_USAGE } from "./exit-codes.ts";
import { packageVersion } from "../lib/versions.ts";
import { checkCommand } from "./check/check-command.ts";
import { demoCommand } from "./demo/demo-command.ts";
import type { SetExitCode, CommandIo } from "./terminal/io.ts";
import { reportCommand } from "./report/report-command.ts";
import { runCommand } from "./run/run-command.ts";
import { sampleServiceCommand } from "./sample-service/sample-service-command.ts";
import { schemaCommand } from "./schema-command.ts";
import { serveCommand } from "./serve/serve-command.ts";

const EXIT_CODES_HELP = `
Exit codes: 0 parity, or done · 1 regression · 2 usage or configuration · 3 inconclusive · 4 internal error
            130 interrupted`;

const COMMANDS = [
  serveCommand,
  checkCommand,
  reportCommand,
  runCommand,
  demoCommand,
  schemaCommand,
  sampleServiceCommand,
];

/**
 * Runs the command line.
 * @param args without the program's own name
 * @returns the exit code
 */
export async function runCli(args: readonly string[], io: CommandIo): Promise<number> {
  let code = EXIT_OK;
  const program = createProgram(io, (result) => (code = result));
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
  }
}

function createProgram(io: CommandIo, setExitCode: SetExitCode): Command {
  const program = new Command("shadowdiff")
    .description(
      "Mirrors requests to a new version of a service, compares the answers, and says whether it may be released.",
    )
    .version(packageVersion(), "--version", "print the version")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", EXIT_CODES_HELP)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err });
  for (const command of COMMANDS) {
    const added = command(io, setExitCode);
    for (const below of added.commands) below.copyInheritedSettings(program);
    program.addCommand(added.copyInheritedSettings(program));
  }
  return program;
}
