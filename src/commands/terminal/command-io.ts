import { escapeText } from "../../report/render/text/terminal-text.ts";
import { EXIT_OK, EXIT_USAGE } from "../exit-codes.ts";

/** Where a command writes: the streams of the process, or a buffer in tests. Every text ends with a line break. */
export interface CommandIo {
  /** For results: addresses, a report. */
  readonly out: (text: string) => void;
  /** Resolves when everything was written, also if its reader has exited. Long results wait for it. */
  readonly flushed?: (() => Promise<void>) | undefined;
  /** For problems and what to do about them. */
  readonly err: (text: string) => void;
}

/** Receives the exit code of a command when it ends. */
export type SetExitCode = (code: number) => void;

/** The command cannot do what was asked. The message is one line that says why and what to do. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
}

/** A running shadowdiff cannot store anything, so it has no report. */
export class NotStoredError extends CommandError {
  override readonly name = "NotStoredError";
}

/** Prints the result of a command, or its `CommandError`. @returns exit code 0, or 2 for a `CommandError` */
export async function printResult(io: CommandIo, command: () => Promise<string>): Promise<number> {
  try {
    io.out(await command());
    return EXIT_OK;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    io.err(`${escapeText(error.message)}\n`);
    return EXIT_USAGE;
  }
}
