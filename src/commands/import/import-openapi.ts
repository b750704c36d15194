import { stringify } from "yaml";
import { ConfigError, problemLine } from "../../config/config-error.ts";
import { loadContract } from "../../config/openapi/load-contract.ts";
import { basePath as basePathType } from "../../config/values/names.ts";
import { formatPlural } from "../../presentation/words/number-format.ts";
import { escapeText } from "../../report/render/text/terminal-text.ts";
import { EXIT_USAGE } from "../exit-codes.ts";
import { runExport, writeExport } from "../export/export-output.ts";
import { CommandError, type CommandIo } from "../terminal/command-io.ts";

export interface ImportOpenApiOptions {
  readonly basePath?: string | undefined;
  /** Default: stdout. */
  readonly output?: string | undefined;
}

/**
 * Prints the part of a configuration that names requests by the operations of an OpenAPI document.
 * @returns exit code 0; 2 if the document is invalid or the file cannot be written, with a line on `io.err` for each problem
 */
export async function importOpenApi(file: string, options: ImportOpenApiOptions, io: CommandIo): Promise<number> {
  const { basePath, output } = options;
  try {
    return await runExport(io, async () => {
      // Responses are read too, so that what this command accepts is what `serve` accepts.
      const { contract } = loadContract(file, { basePath: parseBasePath(basePath), withResponses: true });
      const endpoints = contract.operations.map(({ endpoint }) => endpoint);
      await writeExport(output, [stringify({ compare: { endpoints } }, { lineWidth: 0 })], io);
      if (output !== undefined) io.err(`${escapeText(output)}: ${formatPlural(endpoints.length, "endpoint")}\n`);
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) io.err(`${escapeText(problemLine(problem))}\n`);
    return EXIT_USAGE;
  }
}

function parseBasePath(written: string | undefined): string | undefined {
  if (written === undefined) return undefined;
  const parsed = basePathType.parse(written);
  if ("value" in parsed) return parsed.value;
  throw new CommandError(`--base-path: ${parsed.problem} (allowed: ${basePathType.allowed})`);
}
