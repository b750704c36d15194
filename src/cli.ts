import { EXIT_INTERNAL, EXIT_USAGE } from "./commands/exit-codes.ts";
import { nodeVersionProblem } from "./lib/versions.ts";

/** Ends the program once everything that was written is out, whatever is still open. */
function exit(code: number): void {
  process.exitCode = code;
  process.stdout.write("", () => process.stderr.write("", () => process.exit()));
}

function failed(error: unknown): void {
  process.stderr.write(`shadowdiff: internal error: ${error instanceof Error ? error.stack : String(error)}\n`);
  exit(EXIT_INTERNAL);
}

process.on("uncaughtException", failed);
for (const stream of [process.stdout, process.stderr]) {
  // Whoever read the other end of the pipe is gone, `head` for one. That must not stop a proxy.
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

const problem = nodeVersionProblem(process.versions.node);
if (problem === undefined) {
  // Only now: an older Node cannot even load the rest.
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
