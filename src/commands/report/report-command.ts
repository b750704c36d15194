import { Command, Option } from "commander";
import type { SetExitCode, CommandIo } from "../terminal/io.ts";
import type { ReportOptions } from "./run-report.ts";

export function reportCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return new Command("report")
    .description("print the verdict of a run, and what differs")
    .addOption(
      new Option(
        "--store <store>",
        "where serve stores (default: SHADOWDIFF_STORE or sqlite:./shadowdiff.db)",
      ).conflicts("url"),
    )
    .option("--url <url>", "admin address of a running shadowdiff, which is asked instead of a store")
    .option("--token <token>", "of that admin listener (default: SHADOWDIFF_ADMIN_TOKEN)")
    .option("--run <run>", "id or name of a run (default: the newest)")
    .option("--candidate <name>", "needed when the run has several candidates")
    .addOption(new Option("--format <format>", "how it is printed").choices(["text", "json"]).default("text"))
    .option("--diffy", "print what Diffy would show of every field, too", false)
    .option("--gate", "let the exit code tell the verdict: 0 pass, 1 fail, 3 inconclusive", false)
    .action(async (options: ReportOptions) => {
      const store = options.store ?? (process.env["SHADOWDIFF_STORE"] || undefined);
      // Only now: the other commands start faster without it.
      const { runReport } = await import("./run-report.ts");
      setExitCode(await runReport({ ...options, store }, io));
    });
}
