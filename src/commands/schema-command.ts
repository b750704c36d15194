import { Argument, Command } from "commander";
import { EXIT_OK } from "./exit-codes.ts";
import { examplesHelp } from "./terminal/help-text.ts";
import type { CommandIo, SetExitCode } from "./terminal/command-io.ts";

export function schemaCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return new Command("schema")
    .description(
      "print a JSON Schema: of the configuration, for completion and validation in editors, or of a report, for programs that read it",
    )
    .addArgument(new Argument("[document]", "what it describes").choices(["config", "report"]).default("config"))
    .addHelpText(
      "after",
      examplesHelp(["shadowdiff schema > shadowdiff.schema.json", "shadowdiff schema report > report.schema.json"]),
    )
    .action(async (document: "config" | "report") => {
      // Imported on demand, so that other commands start faster.
      const schema =
        document === "config"
          ? (await import("../config/json-schema.ts")).configurationSchema()
          : (await import("../admin/schemas/report-json-schema.ts")).reportJsonSchema();
      io.out(`${JSON.stringify(schema, null, 2)}\n`);
      setExitCode(EXIT_OK);
    });
}
