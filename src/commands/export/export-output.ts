import { existsSync, realpathSync, statSync } from "node:fs";
import { chmod, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { escapeText } from "../../report/render/text/terminal-text.ts";
import { EXIT_OK, EXIT_USAGE } from "../exit-codes.ts";
import { CommandError, type CommandIo } from "../terminal/command-io.ts";
import { writeErrorReason } from "../terminal/write-error.ts";

/** Text in the order of the export. It is written as it is produced. */
export type ExportChunks = Iterable<string> | AsyncIterable<string>;

/**
 * Writes an export to a file, in a folder that is created if needed, or to stdout. A failed export leaves an existing file as it is.
 * @param file undefined for stdout
 * @throws {CommandError} if the file cannot be written
 */
export async function writeExport(file: string | undefined, chunks: ExportChunks, io: CommandIo): Promise<void> {
  if (file === undefined) {
    for await (const chunk of chunks) {
      io.out(chunk);
      await io.flushed?.();
    }
    return;
  }
  try {
    await mkdir(dirname(file), { recursive: true });
    await (isReplaceable(file) ? replaceFile(realPathOf(file), chunks) : writeFile(file, chunks));
  } catch (error) {
    if (error instanceof CommandError || (error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new CommandError(`--output: cannot write ${file}: ${writeErrorReason(error)}`, { cause: error });
  }
}

/** A pipe or a device, like /dev/stdout, is written and not replaced. */
function isReplaceable(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? true;
}

/** Of the file that a symbolic link names. */
function realPathOf(file: string): string {
  return existsSync(file) ? realpathSync(file) : file;
}

/** The file has its new content when all of it was written; after an error, the old one. */
async function replaceFile(file: string, chunks: ExportChunks): Promise<void> {
  const temporary = `${file}.${process.pid}.part`;
  try {
    await writeFile(temporary, chunks);
    const mode = statSync(file, { throwIfNoEntry: false })?.mode;
    if (mode !== undefined) await chmod(temporary, mode);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
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
