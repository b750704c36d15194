import { Command } from "commander";
import { EXIT_OK } from "./exit-codes.ts";
import type { SetExitCode, CommandIo } from "./terminal/io.ts";

export function schemaCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return new Command("schema")
    .description("print the JSON Schema of the configuration, with which editors complete and check it")
    .action(async () => {
      // Only now: the other commands start faster without it.
      const { configurationSchema } = await import("../config/json-schema.ts");
      io.out(`${JSON.stringify(configurationSchema(), null, 2)}\n`);
      setExitCode(EXIT_OK);
    });
}
