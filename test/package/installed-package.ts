import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { watchProgram, type Ended, type Program } from "../commands/run-program.ts";
import { pack } from "./pack.ts";

const execute = promisify(execFile);

/** The package where npm has installed it from its tarball, in a folder that had no files. */
export interface InstalledPackage {
  readonly folder: string;
  /** What npm printed while it installed the package. */
  readonly npmOutput: string;
  /** The commands that were started; `remove` ends them. */
  readonly commands: Command[];
  remove(): Promise<void>;
}

export interface Command extends Program {
  /** Sends SIGTERM. */
  stop(): Promise<Ended>;
}

/** @param nodeFolder where the `node` is that runs npm */
export async function installPackage(nodeFolder: string): Promise<InstalledPackage> {
  const folder = mkdtempSync(join(tmpdir(), "shadowdiff-installed-"));
  const { filename } = pack(folder);
  // Without a package.json, npm would install into a folder above that has one.
  writeFileSync(join(folder, "package.json"), "{}");
  const commands: Command[] = [];
  return {
    folder,
    npmOutput: await install(folder, nodeFolder, `./${filename}`),
    commands,
    async remove() {
      await Promise.all(commands.map((command) => command.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @returns the folder of Node's program in this version, which npm installs from the registry */
export async function installNode(major: number, folder: string): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`;
  await install(folder, join(process.execPath, ".."), `${name}@${major}`);
  return join(folder, "node_modules", name, "bin");
}

async function install(folder: string, nodeFolder: string, what: string): Promise<string> {
  const args = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--no-update-notifier", what];
  const { stdout, stderr } = await execute("npm", args, { cwd: folder, env: withNode(nodeFolder) });
  return stdout + stderr;
}

/** Starts the command `shadowdiff` of the installed package, which its first line runs with the `node` of this folder. */
export function startCommand(
  { folder, commands }: InstalledPackage,
  nodeFolder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Command {
  const child = spawn(join(folder, "node_modules/.bin/shadowdiff"), args, {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...withNode(nodeFolder), ...env },
  });
  const program = watchProgram(child);
  const command: Command = {
    ...program,
    stop() {
      child.kill("SIGTERM");
      return program.ended;
    },
  };
  commands.push(command);
  return command;
}

function withNode(nodeFolder: string): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${nodeFolder}${delimiter}${process.env["PATH"]}` };
}
