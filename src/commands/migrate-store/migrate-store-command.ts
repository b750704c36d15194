import { Command } from "commander";
import type { CommandIo, SetExitCode } from "../terminal/command-io.ts";
import { examplesHelp } from "../terminal/help-text.ts";
import { listOption } from "../terminal/shared-options.ts";
import type { MigrateStoreOptions } from "./run-migrate-store.ts";

const NOTE =
  "Copies each run in one transaction, with everything that its report needs, and the rules, reviews, templates and audit log of the store. Nothing in the database is overwritten, except by a later decision. It can be repeated: what was copied is left out.";
const EXAMPLES = [
  "shadowdiff migrate-store sqlite:./shadowdiff.db postgres://shadowdiff@db:5432/shadowdiff --dry-run",
  "shadowdiff migrate-store sqlite:./shadowdiff.db postgres://shadowdiff@db:5432/shadowdiff",
  'shadowdiff migrate-store ./shadowdiff.db postgres://shadowdiff@db/shadowdiff --run "release 2.4"',
];

export function migrateStoreCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return new Command("migrate-store")
    .description("copy runs from a SQLite file into PostgreSQL")
    .argument("<source>", "SQLite file, which a running shadowdiff can have open")
    .argument("<target>", "URL of a PostgreSQL database, which replicas can use")
    .addOption(listOption("--run <run>", "id or name of a run to copy; may be repeated (default: all)"))
    .option("--dry-run", "only print what would be copied")
    .addHelpText("after", examplesHelp(EXAMPLES, NOTE))
    .action(async (source: string, target: string, options: Omit<MigrateStoreOptions, "source" | "target">) => {
      // Imported on demand, so that other commands start faster.
      const { runMigrateStore } = await import("./run-migrate-store.ts");
      setExitCode(await runMigrateStore({ ...options, source, target }, io));
    });
}
