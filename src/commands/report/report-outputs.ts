import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, extname } from "node:path";
import { InvalidArgumentError } from "commander";
import { CommandError } from "../terminal/command-io.ts";
import { writeErrorReason } from "../terminal/write-error.ts";

/** What a report can be printed as. */
export const REPORT_FORMATS = ["text", "json", "markdown", "junit", "html"] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** Of the files of `--output`. */
const FORMAT_BY_EXTENSION: Readonly<Partial<Record<string, ReportFormat>>> = {
  ".txt": "text",
  ".json": "json",
  ".md": "markdown",
  ".xml": "junit",
  ".html": "html",
};
export const EXTENSIONS = Object.keys(FORMAT_BY_EXTENSION);

/** Where Markdown goes: a comment of GitHub has at most 65,536 characters, which are never more than bytes, a step's summary 1 MiB. */
export const MARKDOWN_BYTES = { comment: 65_000, summary: 1_000_000 } as const;
export type MarkdownPlace = keyof typeof MARKDOWN_BYTES;

/** A file of `--output`. */
export interface ReportOutput {
  readonly path: string;
  readonly format: ReportFormat;
}

/** The value of `--output`: the extension of the file says the format. @throws {InvalidArgumentError} for any other extension */
export function parseOutput(path: string, previous: readonly ReportOutput[] = []): readonly ReportOutput[] {
  const format = FORMAT_BY_EXTENSION[extname(path).toLowerCase()];
  if (format !== undefined) return [...previous, { path, format }];
  throw new InvalidArgumentError(`Its extension must be one of ${EXTENSIONS.join(", ")}.`);
}

/** Writes a report to a file, in a folder that is created if needed. @throws {CommandError} if that is not possible */
export async function writeOutput(path: string, text: string): Promise<void> {
  try {
    const folder = dirname(path);
    if (!existsSync(folder)) await mkdir(folder, { recursive: true });
    await writeFile(path, text);
  } catch (error) {
    throw new CommandError(`--output: cannot write ${path}: ${writeErrorReason(error)}`, { cause: error });
  }
}
