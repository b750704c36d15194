import { Command, InvalidArgumentError, Option } from "commander";
import type { DemoOptions } from "./run-demo.ts";
import type { SetExitCode, CommandIo } from "../terminal/command-io.ts";
import { examplesHelp } from "../terminal/help-text.ts";
import { formatOption } from "../terminal/shared-options.ts";
import { withoutOption } from "./without-option.ts";

const DEFAULT_REQUESTS = 9000;
const MAX_REQUESTS = 1_000_000;
/** Port 0 picks a free port. */
const FREE_PORT = "127.0.0.1:0";

const EXAMPLES = [
  "shadowdiff demo",
  "shadowdiff demo --exit --format json",
  "shadowdiff demo --exit --without slow-cubes --without wrong-zone",
  "shadowdiff demo --admin 127.0.0.1:9900 --store sqlite:./demo.db",
];

export function demoCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return new Command("demo")
    .description("compare two versions of a sample service; the new one has planted regressions")
    .addOption(
      new Option("--requests <number>", "number of requests").argParser(parseRequests).default(DEFAULT_REQUESTS),
    )
    .addOption(withoutOption())
    .option("--exit", "exit after the report with the verdict: 0 pass, 1 fail, 3 inconclusive")
    .addOption(formatOption())
    .addOption(new Option("--listen <address>", "address of the proxy").default(FREE_PORT, "a free port"))
    .addOption(new Option("--admin <address>", "address of the dashboard").default(FREE_PORT, "a free port"))
    .option("--store <store>", "database file for counts and samples (default: a temporary file)")
    .addHelpText("after", examplesHelp(EXAMPLES))
    .action(async (options: DemoOptions) => {
      // Imported on demand, so that other commands start faster.
      const { runDemo } = await import("./run-demo.ts");
      setExitCode(await runDemo(options, io));
    });
}

function parseRequests(text: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= MAX_REQUESTS) return number;
  throw new InvalidArgumentError(`Allowed: a whole number, 1 to ${MAX_REQUESTS}.`);
}
