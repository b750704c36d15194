import { Command } from "commander";
import type { CommandIo, SetExitCode } from "../terminal/command-io.ts";
import { examplesHelp } from "../terminal/help-text.ts";
import type { ImportOpenApiOptions } from "./import-openapi.ts";

const OPENAPI_EXAMPLES = [
  "shadowdiff import openapi openapi.yaml",
  "shadowdiff import openapi openapi.json --base-path /v2 --output shadowdiff.yaml",
];

export function importCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return new Command("import")
    .description("turn documents of other programs into a configuration")
    .addHelpText("after", examplesHelp(OPENAPI_EXAMPLES.slice(0, 1)))
    .addCommand(openApiCommand(io, setExitCode));
}

function openApiCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return new Command("openapi")
    .description(
      "check an OpenAPI document (3.0 or 3.1), and print the endpoints of its operations as compare.endpoints",
    )
    .argument("<file>", "OpenAPI document in YAML or JSON")
    .option("--base-path <path>", "path before the paths of the document (default: those of its servers)")
    .option("--output <file>", "file to write (default: stdout)")
    .addHelpText("after", examplesHelp(OPENAPI_EXAMPLES))
    .action(async (file: string, options: ImportOpenApiOptions) => {
      // Imported on demand, so that other commands start faster.
      const { importOpenApi } = await import("./import-openapi.ts");
      setExitCode(await importOpenApi(file, options, io));
    });
}
