import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CLI } from "../commands/run-program.ts";
import { requireTool } from "../tools/require-tool.ts";

export interface Ended {
  readonly code: number | null;
  /** stdout and stderr. */
  readonly output: string;
}

const COMMAND_TIMEOUT_MS = 120_000;
/** Root needs no namespace of users, in which it could not read the files of others. */
const [MAP_USER, JOIN_USER] =
  process.getuid?.() === 0 ? [[], []] : [["--map-root-user"], ["--user", "--preserve-credentials"]];

/**
 * A folder with namespaces of network and processes, in which the commands of a document run as they are written: with its ports, and
 * with `shadowdiff` as an installed program.
 */
export class ShellSession {
  readonly folder: string;
  readonly #namespace: ChildProcess;
  readonly #target: string;
  readonly #started = new Map<ChildProcess, { output: string }>();

  private constructor(folder: string, namespace: ChildProcess, target: string) {
    this.folder = folder;
    this.#namespace = namespace;
    this.#target = target;
  }

  static async open(): Promise<ShellSession> {
    const folder = await mkdtemp(join(tmpdir(), "shadowdiff-docs-"));
    // The first process prints its id, as seen from here; all others end with it.
    const first = `${requireTool("ip")} link set lo up && cut -d" " -f4 /proc/self/stat && exec cat`;
    const args = [...MAP_USER, "--net", "--pid", "--fork", "--kill-child", "sh", "-c", first];
    const namespace = spawn(requireTool("unshare"), args, { stdio: ["pipe", "pipe", "inherit"] });
    const [target] = (await once(namespace.stdout, "data")) as [Buffer];
    const session = new ShellSession(folder, namespace, target.toString().trim());
    await session.#install();
    return session;
  }

  async #install(): Promise<void> {
    const bin = join(this.folder, ".bin");
    await mkdir(bin);
    const program = `#!/bin/sh\nexec ${process.execPath} ${CLI} "$@"\n`;
    await writeFile(join(bin, "shadowdiff"), program, { mode: 0o755 });
    // In a script, a request that is refused has failed.
    const curl = `#!/bin/sh\nexec ${requireTool("curl")} \${CURL_OPTION-} "$@"\n`;
    await writeFile(join(bin, "curl"), curl, { mode: 0o755 });
    await writeFile(join(bin, "env"), "");
    await writeFile(join(bin, "node"), `#!/bin/sh\nexec ${process.execPath} "$@"\n`, { mode: 0o755 });
  }

  async save(name: string, text: string): Promise<void> {
    const file = join(this.folder, name);
    await writeFile(file, `${text}\n`);
    await chmod(file, 0o755);
  }

  /** Runs a script until it ends, or until its first command that fails. */
  run(script: string): Promise<Ended> {
    return this.runAsTyped(`set -e\nexport CURL_OPTION=--fail-with-body\n${script}`);
  }

  /** Runs commands as in a terminal. */
  async runAsTyped(script: string): Promise<Ended> {
    const child = this.#spawn(script);
    const printed = this.#started.get(child) ?? { output: "" };
    const timer = setTimeout(() => killGroup(child), COMMAND_TIMEOUT_MS);
    const [code] = (await once(child, "close")) as [number | null];
    clearTimeout(timer);
    this.#started.delete(child);
    return { code, output: printed.output };
  }

  /** Starts a script that goes on. @returns what it has printed so far */
  start(script: string): { readonly child: ChildProcess; output(): string } {
    const child = this.#spawn(script);
    const printed = this.#started.get(child);
    return { child, output: () => printed?.output ?? "" };
  }

  /** Ends a script with all that it has started. */
  async stop(child: ChildProcess): Promise<void> {
    if (!this.#started.delete(child) || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, "close");
    killGroup(child, "SIGTERM");
    await closed;
  }

  async close(): Promise<void> {
    const exit = once(this.#namespace, "exit");
    this.#namespace.stdin?.end();
    await exit;
    await rm(this.folder, { recursive: true, force: true });
  }

  #spawn(script: string): ChildProcess {
    const target = ["--target", this.#target, ...JOIN_USER, "--net", "--pid"];
    const args = [...target, "bash", "-uo", "pipefail", "-c", `. .bin/env\n${script}`];
    const child = spawn(requireTool("nsenter"), args, {
      cwd: this.folder,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, PATH: `${join(this.folder, ".bin")}:${process.env["PATH"]}`, NO_COLOR: "1" },
    });
    const printed = { output: "" };
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => (printed.output += chunk.toString()));
    }
    this.#started.set(child, printed);
    return child;
  }
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): void {
  if (child.pid !== undefined) process.kill(-child.pid, signal);
}
