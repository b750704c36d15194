import { Command, InvalidArgumentError } from "commander";
import { DEFAULT_ADMIN_LISTEN, MAX_PROBES } from "../../config/defaults.ts";
import type { CommandIo, SetExitCode } from "../terminal/command-io.ts";
import { examplesHelp } from "../terminal/help-text.ts";
import { formatOption, listOption, tokenOption } from "../terminal/shared-options.ts";
import type { IsolateOptions } from "./run-isolate.ts";

const EXAMPLES = [
  "shadowdiff isolate 7fK2aQxY",
  "shadowdiff isolate 7fK2aQxY --arm --yes",
  "shadowdiff isolate '$.price' --endpoint \"GET /prices\" --format json",
  'shadowdiff isolate 7fK2aQxY --secret "header authorization=TOKEN" --secret "cookie SID=SID"',
];

const NOTE =
  "Sends a request with the cause again to all versions of a running shadowdiff, and leaves out one part after the other until " +
  "nothing more can go. Exit code 0 if the cause was isolated, 3 if it was not: it did not show again, is noise, or was stopped.";

export function isolateCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return new Command("isolate")
    .description("find the smallest request that still shows a cause, by sending requests to all versions")
    .argument("<cause...>", "signature of a cause or how it begins, or words of its title")
    .option("--url <url>", "admin address of the running shadowdiff", `http://${DEFAULT_ADMIN_LISTEN}`)
    .addOption(tokenOption())
    .option("--candidate <name>", "candidate; required if the run has several")
    .option("--endpoint <endpoint>", "endpoint of the request (default: where the cause shows most often)")
    .option("--sample <id>", "sample to begin with (default: the newest with the cause)")
    .option("--arm", "begin with the next live request that shows the cause, which has its secrets")
    .addOption(
      listOption(
        "--secret <place=variable>",
        "masked value of the sample, from an environment variable; used once, never stored; may be repeated",
      ),
    )
    .addOption(listOption("--method <method>", "method that may be sent again, too, such as POST; may be repeated"))
    .option("--max-probes <n>", "maximum requests to each version (default: isolate.maxProbes)", parseProbes)
    .option("-y, --yes", "do not ask for a confirmation")
    .addOption(formatOption())
    .addHelpText("after", examplesHelp(EXAMPLES, NOTE))
    .action(async (words: readonly string[], options: Omit<IsolateOptions, "cause">) => {
      const { runIsolate } = await import("./run-isolate.ts");
      setExitCode(await runIsolate({ ...options, cause: words.join(" ") }, io));
    });
}

function parseProbes(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= MAX_PROBES) return number;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_PROBES}.`);
}
