import { Command, InvalidArgumentError, Option } from "commander";
import { FLAGS, type Flag } from "../../config/options/flags.ts";
import { MAX_IN_FLIGHT } from "../../config/defaults.ts";
import type { FlagValues } from "../../config/options/settings.ts";
import { duration } from "../../config/values/durations-and-sizes.ts";
import { decimal, wholeNumber } from "../../config/values/numbers.ts";
import type { ValueType } from "../../config/values/value-type.ts";
import { EXTENSIONS, parseOutput, REPORT_FORMATS } from "../report/report-outputs.ts";
import type { CommandIo, SetExitCode } from "../terminal/command-io.ts";
import { addConfigFlags } from "../terminal/config-flags.ts";
import { examplesHelp } from "../terminal/help-text.ts";
import { listOption } from "../terminal/shared-options.ts";
import { REPLAY_CONCURRENCY, type ReplaySelection } from "./replay-selection.ts";

const NOTE =
  "A file is a HAR, an NDJSON export, a .gor file of GoReplay, an access log of nginx or Apache, or a list of URLs, also compressed with gzip or zstd; - is the standard input. Every request goes to the primary, and out of band to candidates and secondary. Only GET, HEAD and OPTIONS are sent, because a write happens on every version; --method GET,POST sends these instead. The report and the exit code are those of report --gate. Configuration flags are also environment variables, as for serve.";
const EXAMPLES = [
  "shadowdiff replay access.log --primary http://127.0.0.1:9001 --candidate http://127.0.0.1:9002",
  "shadowdiff replay session.har --config shadowdiff.yaml --output report.xml",
  "shadowdiff replay requests.gor --speed 200% --primary http://127.0.0.1:9001 --candidate http://127.0.0.1:9002",
  'shadowdiff replay access.log.gz --rate 50 --filter "/api/**" --set-header "Authorization: Bearer test" --config shadowdiff.yaml',
  "tail -F access.log | shadowdiff replay - --duration 10m -c shadowdiff.yaml",
];

/** These describe a listener or protect its clients, and a replay has none. */
const LISTENER_SECTIONS: ReadonlySet<unknown> = new Set(["listen", "listenTls", "forwarded", "tap", "replicaName"]);
const LISTENER_FLAGS: ReadonlySet<string> = new Set([
  "--percent",
  "--sampling",
  "--budget",
  "--floor",
  "--max-in-flight",
  "--candidate-max-buffered-bytes",
  "--breaker-failures",
  "--breaker-open",
  "--secondary-percent",
  "--secondary-max-in-flight",
  "--secondary-max-buffered-bytes",
  "--threads-proxy",
  "--requests-max-head-bytes",
  "--requests-non-ascii-targets",
  "--store-required",
]);
const PERCENTAGE = /^(.+)%$/;
const PER_CENT = 100;

const factor = decimal({ min: 0.01, placeholder: "factor" });
/** 2 or 200%. */
const speed: ValueType<number> = {
  ...factor,
  allowed: "a factor or a percentage, like 2 or 50%",
  parse(value) {
    const share = PERCENTAGE.exec(String(value))?.[1];
    if (share === undefined) return factor.parse(value);
    const parsed = decimal({ min: 1 }).parse(share);
    return "problem" in parsed ? parsed : { value: parsed.value / PER_CENT };
  },
};

export function replayCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  const command = new Command("replay")
    .description("send recorded requests to all versions, compare the responses, and exit with the verdict")
    .argument("<file...>", "recordings, or - for the standard input")
    .option("-c, --config <file>", "configuration in YAML or JSON (SHADOWDIFF_CONFIG)")
    .addHelpText("after", examplesHelp(EXAMPLES, NOTE));
  const options = [
    new Option("--recording-format <format>", "format of the files")
      .choices(["auto", "har", "ndjson", "gor", "access-log", "urls"])
      .default("auto"),
    listOption("--filter <pattern>", "requests to replay: [!] [METHOD] [HOST]/PATH, like /api/**; may be repeated"),
    listOption("--set-header <header>", 'header to replace or add, like "Authorization: Bearer …"; may be repeated'),
    listOption("--remove-header <name>", "header to remove; may be repeated"),
    typed("--speed <factor>", "keep the recorded intervals, at this speed: 1, 2 or 200%", speed),
    typed("--rate <number>", "requests per second", decimal({ min: 0.001 })).conflicts("speed"),
    typed(
      "--concurrency <number>",
      `maximum of requests in flight (default: ${REPLAY_CONCURRENCY.unpaced}; with --speed or --rate ${REPLAY_CONCURRENCY.paced})`,
      wholeNumber({ min: 1, max: MAX_IN_FLIGHT }),
    ),
    new Option("--any-order", "also send requests of one client concurrently (default: one after the other)"),
    typed("--loop <number>", "how often to replay the recording (default: once)", wholeNumber({ min: 1 })),
    typed("--duration <duration>", "end after this time; without --loop, repeat the recording until then", duration()),
    new Option("--format <format>", "format of the report on stdout").choices(REPORT_FORMATS).default("text"),
    new Option(
      "--output <file>",
      `also write the report to a file, in the format of its extension: ${EXTENSIONS.join(", ")}; may be repeated`,
    ).argParser(parseOutput),
    new Option("--report-on <candidate>", "candidate to report on; required if there are several"),
  ];
  for (const option of options) command.addOption(option.helpGroup("Replay:"));
  addConfigFlags(command, FLAGS.filter(isForReplay));
  return command.action(async (files: readonly string[], values: ReplaySelection & FlagValues) => {
    // Imported on demand, so that other commands start faster.
    const { runReplay } = await import("./run-replay.ts");
    setExitCode(await runReplay(files, values, io, process.env));
  });
}

function isForReplay({ flag, path }: Flag): boolean {
  return !LISTENER_SECTIONS.has(path?.[0]) && !LISTENER_FLAGS.has(flag);
}

function typed<T>(flags: string, description: string, type: ValueType<T>): Option {
  return new Option(flags, description).argParser((text) => {
    const parsed = type.parse(text);
    if ("value" in parsed) return parsed.value;
    throw new InvalidArgumentError(`Allowed: ${type.allowed}.`);
  });
}
