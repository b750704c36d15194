import { EXIT_INTERNAL } from "./commands/exit-codes.ts";

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

// Imported here, so that errors of the import have the exit code of an internal error.
const { runCli } = await import("./commands/program.ts");
const code = await runCli(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  flushed: () => new Promise((resolve) => void process.stdout.write("", () => resolve())),
  err: (text) => void process.stderr.write(text),
});
exit(code);
