import { Command } from "commander";
import { DEFAULT_ADMIN_LISTEN } from "../../config/defaults.ts";
import type { CommandIo, SetExitCode } from "../terminal/command-io.ts";
import { examplesHelp } from "../terminal/help-text.ts";
import { formatOption, listOption, tokenOption } from "../terminal/shared-options.ts";
import type { ResendOptions } from "./run-resend.ts";

const EXAMPLES = [
  "shadowdiff resend --yes",
  "shadowdiff resend --cause 7fK2aQxY --leave-out-masked",
  'shadowdiff resend 4f0c:1-17 --secret "header authorization=TOKEN" --yes',
  "shadowdiff resend 4f0c:1-17 --url http://127.0.0.1:9900 --format json",
];

const NOTE =
  "Sends the request of a sample once more to all versions of a running shadowdiff, and compares their responses. Exit code 0 if " +
  "they no longer differ, 1 if they still do, and 3 if nothing could be compared, or if parts that were left out may be why they do " +
  "not differ. It counts in no report.";

export function resendCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return new Command("resend")
    .description("send the request of a sample again to all versions, and compare afresh")
    .argument("[sample]", "id of a sample (default: the newest)")
    .option("--url <url>", "admin address of the running shadowdiff", `http://${DEFAULT_ADMIN_LISTEN}`)
    .addOption(tokenOption())
    .option("--run <run>", "id or name of the run of the sample (default: the current one)")
    .option("--candidate <name>", "candidate; required if the run has several")
    .option(
      "--cause <signature>",
      "without an id: the newest sample with this cause (signature, how it begins, or words of its title)",
    )
    .addOption(
      listOption(
        "--secret <place=variable>",
        "masked value of the sample, from an environment variable; used once, never stored; may be repeated",
      ),
    )
    .option("--leave-out-masked", "send the request without its other masked headers, cookies and parameters")
    .addOption(listOption("--method <method>", "method that may be sent again, too, such as POST; may be repeated"))
    .option("-y, --yes", "do not ask for a confirmation")
    .addOption(formatOption())
    .addHelpText("after", examplesHelp(EXAMPLES, NOTE))
    .action(async (sample: string | undefined, options: Omit<ResendOptions, "sample">) => {
      const { runResend } = await import("./run-resend.ts");
      setExitCode(await runResend({ ...options, sample }, io));
    });
}
