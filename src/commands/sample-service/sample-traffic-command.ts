import { Command, InvalidArgumentError, Option } from "commander";
import { formatCount, formatPlural } from "../../presentation/words/number-format.ts";
import { demoRequests } from "../demo/demo-traffic.ts";
import { awaitInterruption } from "../terminal/interruption.ts";
import type { CommandIo, SetExitCode } from "../terminal/command-io.ts";
import { examplesHelp } from "../terminal/help-text.ts";

interface SampleTrafficOptions {
  readonly url: URL;
  readonly perSecond: number;
}

const DEFAULT_PER_SECOND = 20;
/** It is an example, not a load test. */
const MAX_PER_SECOND = 500;
/** Enough for the default rate if a response takes 400 ms. */
const CONNECTIONS = 8;

export function sampleTrafficCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return new Command("sample-traffic")
    .description("send the requests of the demo at a steady rate until it is stopped")
    .addOption(
      new Option("--url <url>", "address to send them to, such as that of the proxy")
        .argParser(parseOrigin)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--per-second <number>", `requests per second, at most ${MAX_PER_SECOND}`)
        .argParser(parseRate)
        .default(DEFAULT_PER_SECOND),
    )
    .addHelpText("after", examplesHelp(["shadowdiff sample-traffic --url http://127.0.0.1:8080 --per-second 50"]))
    .action(async (options: SampleTrafficOptions) => setExitCode(await runSampleTraffic(options, io)));
}

/**
 * Sends requests until SIGINT or SIGTERM. A request that fails is counted, and the next one is sent all the same.
 * @returns the exit code
 */
async function runSampleTraffic({ url, perSecond }: SampleTrafficOptions, io: CommandIo): Promise<number> {
  const { runLoad } = await import("../demo/demo-load.ts");
  const interruption = awaitInterruption();
  const stopping = new AbortController();
  void interruption.code.then(() => stopping.abort());
  io.out(`sample traffic: ${formatPlural(perSecond, "request")} per second to ${url.origin}\n`);
  const { succeeded, failed } = await runLoad({
    url: url.origin,
    requests: demoRequests(Number.POSITIVE_INFINITY),
    connections: CONNECTIONS,
    perSecond,
    signal: stopping.signal,
    onProgress: () => {},
  });
  interruption.stop();
  io.out(`${formatPlural(succeeded + failed, "request")} sent, ${formatCount(failed)} without a response\n`);
  return interruption.code;
}

function parseOrigin(text: string): URL {
  const url = URL.parse(text);
  if (url?.protocol === "http:" && url.pathname === "/" && url.search === "" && url.hash === "") return url;
  throw new InvalidArgumentError("Allowed: an http URL without a path, such as http://127.0.0.1:8080.");
}

function parseRate(text: string): number {
  const rate = /^\d+$/.test(text) ? Number(text) : 0;
  if (rate >= 1 && rate <= MAX_PER_SECOND) return rate;
  throw new InvalidArgumentError(`Allowed: a whole number, 1 to ${MAX_PER_SECOND}.`);
}
