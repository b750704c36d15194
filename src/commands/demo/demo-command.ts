import { Command, InvalidArgumentError, Option } from "commander";
import type { DemoOptions } from "./run-demo.ts";
import type { SetExitCode, CommandIo } from "../terminal/command-io.ts";
import { withoutOption } from "./without-option.ts";

const DEFAULT_REQUESTS = 5000;
const MOST_REQUESTS = 1_000_000;
const FREE_PORT = "127.0.0.1:0";

export function demoCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return new Command("demo")
    .description("compare two versions of a sample service, with regressions planted in the new one")
    .addOption(new Option("--requests <number>", "how many are sent").argParser(readRequests).default(DEFAULT_REQUESTS))
    .addOption(withoutOption())
    .option("--exit", "end after the report, with the exit code of the verdict", false)
    .addOption(new Option("--format <format>", "how the report is printed").choices(["text", "json"]).default("text"))
    .option("--listen <address>", "where the load is sent (default: a free port)", FREE_PORT)
    .option("--admin <address>", "where the dashboard is served (default: a free port)", FREE_PORT)
    .option("--store <store>", "file that keeps counts and samples (default: a temporary one)")
    .action(async (options: DemoOptions) => {
      // Only now: the other commands start faster without it.
      const { runDemo } = await import("./run-demo.ts");
      setExitCode(await runDemo(options, io));
    });
}

function readRequests(text: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= MOST_REQUESTS) return number;
  throw new InvalidArgumentError(`Allowed is a whole number, 1 to ${MOST_REQUESTS}.`);
}
