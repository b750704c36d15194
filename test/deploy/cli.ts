import { execFile } from "node:child_process";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

/** Runs `node src/shadowdiff.js` like the image. @returns its output, or null if it fails */
function outputOf(args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(process.execPath, ["src/shadowdiff.js", ...args], { cwd: ROOT }, (error, stdout) => {
      resolve(error === null ? stdout : null);
    });
  });
}

/**
 * Finds the parts of a command line that the program does not accept.
 * @param command the command and its arguments
 * @returns flags that are missing in its help, or the command line if the command does not exist
 */
export async function unknownArguments(command: readonly string[]): Promise<string[]> {
  const [name = "", ...args] = command;
  const help = await outputOf([name, "--help"]);
  if (help === null || !help.includes(` ${name} `)) return [command.join(" ")];
  const flags = args.filter((argument) => argument.startsWith("--"));
  return flags.filter((flag) => !new RegExp(String.raw`${flag}\b`).test(help));
}
