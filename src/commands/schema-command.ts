import { Command } from "commander";
import { EXIT_OK } from "./exit-codes.ts";
import { examplesHelp } from "./terminal/help-text.ts";
import type { CommandIo, SetExitCode } from "./terminal/command-io.ts";

export function schemaCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return new Command("schema")
    .description("print the JSON Schema of the configuration, for completion and validation in editors")
    .addHelpText("after", examplesHelp(["shadowdiff schema > shadowdiff.schema.json"]))
    .action(async () => {
      // Imported on demand, so that other commands start faster.
      const { configurationSchema } = await import("../config/json-schema.ts");
      io.out(`${JSON.stringify(configurationSchema(), null, 2)}\n`);
      setExitCode(EXIT_OK);
    });
}
