import { Command, CommanderError } from "commander";
import { buildVersion } from "../lib/versions.ts";
import { EXIT_OK, EXIT_USAGE, exitCodesHelp } from "./exit-codes.ts";
import type { CommandIo, SetExitCode } from "./terminal/command-io.ts";
import { examplesHelp, HELP_CONFIGURATION, HELP_OUTPUT } from "./terminal/help-text.ts";

type LoadCommand = () => Promise<(io: CommandIo, setExitCode: SetExitCode) => Command>;

/** By name. Each is loaded when it is needed: `serve` takes 3% to 5% less CPU until its first response. */
const COMMANDS: Readonly<Record<string, LoadCommand>> = {
  init: async () => (await import("./init/init-command.ts")).initCommand,
  serve: async () => (await import("./serve/serve-command.ts")).serveCommand,
  check: async () => (await import("./check/check-command.ts")).checkCommand,
  report: async () => (await import("./report/report-command.ts")).reportCommand,
  explain: async () => (await import("./explain/explain-command.ts")).explainCommand,
  isolate: async () => (await import("./isolate/isolate-command.ts")).isolateCommand,
  replay: async () => (await import("./replay/replay-command.ts")).replayCommand,
  resend: async () => (await import("./resend/resend-command.ts")).resendCommand,
  run: async () => (await import("./run/run-command.ts")).runCommand,
  export: async () => (await import("./export/export-command.ts")).exportCommand,
  "migrate-store": async () => (await import("./migrate-store/migrate-store-command.ts")).migrateStoreCommand,
  import: async () => (await import("./import/import-command.ts")).importCommand,
  demo: async () => (await import("./demo/demo-command.ts")).demoCommand,
  schema: async () => (await import("./schema-command.ts")).schemaCommand,
  completion: async () => (await import("./completion/completion-command.ts")).completionCommand,
  "sample-service": async () => (await import("./sample-service/sample-service-command.ts")).sampleServiceCommand,
  "sample-traffic": async () => (await import("./sample-service/sample-traffic-command.ts")).sampleTrafficCommand,
};
/** The command whose output depends on all others. */
const COMPLETION = "completion";

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
  const program = await createProgram(io, (code) => (exitCode = code), neededFor(args));
  try {
    await program.parseAsync(withoutHelpOfUnknown(args), { from: "user" });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    io.err(serveHint(error, args, program));
    return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
  }
}

/** The commands without which a command line cannot be understood. */
function neededFor([name = ""]: readonly string[]): readonly LoadCommand[] {
  const load = Object.hasOwn(COMMANDS, name) && name !== COMPLETION ? COMMANDS[name] : undefined;
  return load === undefined ? Object.values(COMMANDS) : [load];
}

/** Commander prints the general help for an unknown command with --help; without it, an error with a suggestion. */
function withoutHelpOfUnknown(args: readonly string[]): readonly string[] {
  const [name] = args;
  if (name === undefined || name.startsWith("-") || name === "help") return args;
  return Object.hasOwn(COMMANDS, name) ? args : [name];
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

/** The program. @param needed its commands; all by default */
export async function createProgram(
  io: CommandIo,
  setExitCode: SetExitCode,
  needed: readonly LoadCommand[] = Object.values(COMMANDS),
): Promise<Command> {
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
  for (const createCommand of await Promise.all(needed.map((load) => load()))) {
    const command = createCommand(io, setExitCode);
    for (const subcommand of command.commands) subcommand.copyInheritedSettings(program);
    program.addCommand(command.copyInheritedSettings(program));
  }
  return program;
}
