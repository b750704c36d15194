import { Command, CommanderError } from "commander";
import { packageVersion } from "../lib/versions.ts";
import { checkCommand } from "./check/check-command.ts";
import { demoCommand } from "./demo/demo-command.ts";
import { EXIT_OK, EXIT_USAGE, exitCodesHelp } from "./exit-codes.ts";
import { reportCommand } from "./report/report-command.ts";
import { runCommand } from "./run/run-command.ts";
import { sampleServiceCommand } from "./sample-service/sample-service-command.ts";
import { schemaCommand } from "./schema-command.ts";
import { serveCommand } from "./serve/serve-command.ts";
import type { CommandIo, SetExitCode } from "./terminal/command-io.ts";

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
 * @param args without the name of the program
 * @returns the exit code
 */
export async function runCli(args: readonly string[], io: CommandIo): Promise<number> {
  let exitCode = EXIT_OK;
  const program = createProgram(io, (code) => (exitCode = code));
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
  }
}

function createProgram(io: CommandIo, setExitCode: SetExitCode): Command {
  const program = new Command("shadowdiff")
    .description(
      "Mirrors production requests to a candidate version, compares the responses, and reports whether it is safe to release.",
    )
    .version(packageVersion(), "--version", "print the version")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", exitCodesHelp())
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err });
  for (const createCommand of COMMANDS) {
    const command = createCommand(io, setExitCode);
    for (const subcommand of command.commands) subcommand.copyInheritedSettings(program);
    program.addCommand(command.copyInheritedSettings(program));
  }
  return program;
}
