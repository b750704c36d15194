import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Command, InvalidArgumentError, Option } from "commander";
import { PLANTED_NAMES, type PlantedName } from "../demo/planted-regressions.ts";
import { withoutOption } from "../demo/without-option.ts";
import { createCalculator, createSampleServer } from "./sample-server.ts";
import { EXIT_USAGE } from "../exit-codes.ts";
import { listenerUrl } from "../../http/listener-url.ts";
import { awaitInterruption } from "../terminal/interruption.ts";
import { examplesHelp } from "../terminal/help-text.ts";
import type { SetExitCode, CommandIo } from "../terminal/command-io.ts";

interface SampleServiceOptions {
  readonly version: "old" | "new";
  readonly host: string;
  readonly port: number;
  /** Planted regressions that the new version does not have. */
  readonly without?: readonly PlantedName[] | undefined;
  readonly secondInstance?: boolean | undefined;
  /** Seconds after the first request. */
  readonly lateAfter: number;
}

const DEFAULT_LATE_AFTER_S = 120;
const MAX_LATE_AFTER_S = 86_400;

const EXAMPLES = [
  "shadowdiff sample-service --version old --port 9001",
  "shadowdiff sample-service --version new --port 9002 --without slow-cubes",
];

export function sampleServiceCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return new Command("sample-service")
    .description("serve the calculator service of the demo, in its old or new version")
    .addOption(new Option("--version <version>", "version to serve").choices(["old", "new"]).default("old"))
    .option("--host <host>", "host to listen on", "127.0.0.1")
    .addOption(new Option("--port <port>", "port to listen on; 0 picks a free port").argParser(parsePort).default(0))
    .addOption(withoutOption())
    .option("--second-instance", "be the second of two instances, which one-address concerns")
    .addOption(
      new Option("--late-after <seconds>", "seconds from the first request on after which late-change shows")
        .argParser(parseSeconds)
        .default(DEFAULT_LATE_AFTER_S),
    )
    .addHelpText("after", examplesHelp(EXAMPLES))
    .action(async (options: SampleServiceOptions) => setExitCode(await runSampleService(options, io)));
}

/**
 * Serves until SIGINT or SIGTERM.
 * @returns the exit code
 */
async function runSampleService(
  { version, host, port, without = [], secondInstance = false, lateAfter }: SampleServiceOptions,
  io: CommandIo,
): Promise<number> {
  const planted = new Set(PLANTED_NAMES.filter((name) => !without.includes(name)));
  let lateAt: number | undefined;
  const isLate = (): boolean => performance.now() >= (lateAt ??= performance.now() + lateAfter * 1000);
  const server = createSampleServer(
    createCalculator(version === "old" ? null : planted, randomUUID, {
      isSecondInstance: secondInstance,
      isLate,
      random: Math.random,
    }),
  );
  const interruption = awaitInterruption();
  try {
    await once(server.listen(port, host), "listening");
  } catch (error) {
    io.err(
      `cannot listen on ${host}:${port}: ${(error as Error).message}; choose another address with --host and --port\n`,
    );
    return EXIT_USAGE;
  }
  const url = listenerUrl({ host, port: (server.address() as AddressInfo).port });
  io.out(`sample service, ${version} version, on ${url}\n`);
  const code = await interruption.code;
  server.close();
  server.closeAllConnections();
  return code;
}

function parseSeconds(text: string): number {
  const seconds = /^\d{1,5}$/.test(text) ? Number(text) : MAX_LATE_AFTER_S + 1;
  if (seconds <= MAX_LATE_AFTER_S) return seconds;
  throw new InvalidArgumentError(`Allowed: a whole number, 0 to ${MAX_LATE_AFTER_S}.`);
}

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError("Allowed: a number, 0 to 65535.");
}
