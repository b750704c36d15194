import { EXIT_INTERNAL, EXIT_USAGE } from "./commands/exit-codes.ts";
import { nodeVersionProblem } from "./lib/versions.ts";

/** Exits once all output is flushed, even with open handles. */
function exit(code: number): void {
  process.exitCode = code;
  process.stdout.write("", () => process.stderr.write("", () => process.exit()));
}

function exitAfterError(error: unknown): void {
  process.stderr.write(`shadowdiff: internal error: ${error instanceof Error ? error.stack : String(error)}\n`);
  exit(EXIT_INTERNAL);
}

process.on("uncaughtException", exitAfterError);
for (const stream of [process.stdout, process.stderr]) {
  // The reader of the pipe has exited, for example `head`. The proxy must continue.
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

const problem = nodeVersionProblem(process.versions.node);
if (problem === undefined) {
  // Imported after the check, because an older Node cannot load it.
  const { runCli } = await import("./commands/program.ts");
  const code = await runCli(process.argv.slice(2), {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  });
  exit(code);
} else {
  process.stderr.write(`${problem}\n`);
  exit(EXIT_USAGE);
}
