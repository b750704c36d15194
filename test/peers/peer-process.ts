import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { freePort } from "../tools/free-port.ts";

const PATIENCE_MS = 60_000;
const STOP_MS = 5_000;
const POLL_MS = 30;

export interface PeerProcess {
  readonly pid: number;
  readonly port: number;
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

export interface Launch {
  readonly command: string;
  /** @param port on which the server is to listen */
  readonly args: (port: number) => readonly string[];
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** Starts a server on a free port and waits until it accepts connections. @throws with its output if it ends or takes too long */
export async function startProcess({ command, args, cwd, env = {} }: Launch): Promise<PeerProcess> {
  const port = await freePort();
  const child = spawn(command, args(port), {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (output = (output + chunk.toString()).slice(-10_000)));
  }
  const failed = once(child, "error").then(([error]) => Promise.reject(error as Error));
  await Promise.race([failed, untilReachable(port, child, () => output)]);
  failed.catch(() => undefined);
  return { pid: child.pid ?? 0, port, url: `http://127.0.0.1:${port}`, stop: () => stopProcess(child) };
}

async function untilReachable(port: number, child: ChildProcess, output: () => string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await accepts(port))) {
    const problem = child.exitCode !== null ? `ended with ${child.exitCode}` : "does not listen";
    if (child.exitCode !== null || performance.now() > deadline) {
      signal(child, "SIGKILL");
      throw new Error(`${child.spawnargs.join(" ")} ${problem}: ${output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  signal(child, "SIGTERM");
  const kill = setTimeout(() => signal(child, "SIGKILL"), STOP_MS);
  await exit;
  clearTimeout(kill);
}

/** Reaches the workers too, which some servers leave behind: the server leads a process group of its own. */
function signal(child: ChildProcess, name: "SIGTERM" | "SIGKILL"): void {
  if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, name);
}
