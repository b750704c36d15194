import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { escapeText } from "../../report/render/text/terminal-text.ts";
import { EXIT_OK, EXIT_USAGE } from "../exit-codes.ts";
import { CommandError, type CommandIo } from "../terminal/command-io.ts";
import { writeErrorReason } from "../terminal/write-error.ts";

/** Text in the order of the export. It is written as it is produced. */
export type ExportChunks = Iterable<string> | AsyncIterable<string>;

/**
 * Writes an export to a file, in a folder that is created if needed, or to stdout.
 * @param file undefined for stdout
 * @throws {CommandError} if the file cannot be written
 */
export async function writeExport(file: string | undefined, chunks: ExportChunks, io: CommandIo): Promise<void> {
  if (file === undefined) {
    for await (const chunk of chunks) io.out(chunk);
    return;
  }
  try {
    await mkdir(dirname(file), { recursive: true });
    await pipeline(Readable.from(chunks), createWriteStream(file));
  } catch (error) {
    if (error instanceof CommandError || (error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new CommandError(`--output: cannot write ${file}: ${writeErrorReason(error)}`, { cause: error });
  }
}

/** Runs an export. @returns exit code 0, or 2 for a `CommandError`, with its message on `io.err` */
export async function runExport(io: CommandIo, run: () => Promise<void>): Promise<number> {
  try {
    await run();
    return EXIT_OK;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    io.err(`${escapeText(error.message)}\n`);
    return EXIT_USAGE;
  }
}
