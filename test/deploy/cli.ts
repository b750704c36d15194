import { execFile } from "node:child_process";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

/** Runs the program as the image does: `node src/shadowdiff.js` with these arguments. @returns null for any failure */
function printedBy(args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(process.execPath, ["src/shadowdiff.js", ...args], { cwd: ROOT }, (error, stdout) => {
      resolve(error === null ? stdout : null);
    });
  });
}

/**
 * What of a command line the program does not know.
 * @param command the command and its arguments
 * @returns the flags that its help does not name; the whole line when there is no such command
 */
export async function unknownTo(command: readonly string[]): Promise<string[]> {
  const [name = "", ...args] = command;
  const help = await printedBy([name, "--help"]);
  if (help === null || !help.includes(` ${name} `)) return [command.join(" ")];
  const flags = args.filter((argument) => argument.startsWith("--"));
  return flags.filter((flag) => !new RegExp(String.raw`${flag}\b`).test(help));
}
