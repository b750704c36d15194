import { Command, CommanderError } from "commander";
import { buildVersion } from "../lib/versions.ts";
import { checkCommand } from "./check/check-command.ts";
import { completionCommand } from "./completion/completion-command.ts";
import { demoCommand } from "./demo/demo-command.ts";
import { EXIT_OK, EXIT_USAGE, exitCodesHelp } from "./exit-codes.ts";
import { explainCommand } from "./explain/explain-command.ts";
import { exportCommand } from "./export/export-command.ts";
import { importCommand } from "./import/import-command.ts";
import { initCommand } from "./init/init-command.ts";
import { isolateCommand } from "./isolate/isolate-command.ts";
import { migrateStoreCommand } from "./migrate-store/migrate-store-command.ts";
import { reportCommand } from "./report/report-command.ts";
import { replayCommand } from "./replay/replay-command.ts";
import { resendCommand } from "./resend/resend-command.ts";
import { runCommand } from "./run/run-command.ts";
import { sampleServiceCommand } from "./sample-service/sample-service-command.ts";
import { sampleTrafficCommand } from "./sample-service/sample-traffic-command.ts";
import { schemaCommand } from "./schema-command.ts";
import { serveCommand } from "./serve/serve-command.ts";
import type { CommandIo, SetExitCode } from "./terminal/command-io.ts";
import { examplesHelp, HELP_CONFIGURATION, HELP_OUTPUT } from "./terminal/help-text.ts";

const COMMANDS = [
  initCommand,
  serveCommand,
  checkCommand,
  reportCommand,
  explainCommand,
  isolateCommand,
  replayCommand,
  resendCommand,
  runCommand,
  exportCommand,
  migrateStoreCommand,
  importCommand,
  demoCommand,
  schemaCommand,
  completionCommand,
  sampleServiceCommand,
  sampleTrafficCommand,
];

const EXAMPLES = [
  "shadowdiff demo",
  "shadowdiff init",
  "shadowdiff serve --primary http://127.0.0.1:9001 --candidate http://127.0.0.1:9002",
  "shadowdiff report --gate",
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
    await program.parseAsync(withoutHelpOfUnknown(args, program), { from: "user" });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    io.err(serveHint(error, args, program));
    return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
  }
}

/** Commander prints the general help for an unknown command with --help; without it, an error with a suggestion. */
function withoutHelpOfUnknown(args: readonly string[], program: Command): readonly string[] {
  const [name] = args;
  if (name === undefined || name.startsWith("-") || name === "help") return args;
  return program.commands.some((command) => command.name() === name) ? args : [name];
}

/** The first attempts of a new user: options of `serve` without the command, and URLs without their options. */
function serveHint({ code }: CommanderError, [first = ""]: readonly string[], program: Command): string {
  const serve = program.commands.find((command) => command.name() === "serve");
  const [option] = first.split("=", 1);
  if (code === "commander.unknownOption" && serve?.options.some(({ long, short }) => [long, short].includes(option))) {
    return `(${option} is an option of serve: shadowdiff serve ${option} …)\n`;
  }
  if (code !== "commander.excessArguments" || first !== "serve") return "";
  return "(write each URL after its option: shadowdiff serve --primary URL --candidate URL)\n";
}

/** The program with all its commands. */
export function createProgram(io: CommandIo, setExitCode: SetExitCode): Command {
  const program = new Command("shadowdiff")
    .description(
      "Mirrors production requests to a candidate version, compares the responses, and reports whether it is safe to release.",
    )
    .version(buildVersion(), "-v, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", exitCodesHelp())
    .addHelpText("after", examplesHelp(EXAMPLES))
    .enablePositionalOptions()
    .showHelpAfterError("(add --help for options and examples)")
    .exitOverride()
    .configureHelp(HELP_CONFIGURATION)
    .configureOutput({ ...HELP_OUTPUT, writeOut: io.out, writeErr: io.err });
  for (const createCommand of COMMANDS) {
    const command = createCommand(io, setExitCode);
    for (const subcommand of command.commands) subcommand.copyInheritedSettings(program);
    program.addCommand(command.copyInheritedSettings(program));
  }
  return program;
}
