import { fork } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

export interface VersionProcess {
  readonly url: string;
  stop(): Promise<void>;
}

/** What the sample service tells whoever started it. */
export interface SampleServiceMessage {
  readonly url: string;
}

const CLI = fileURLToPath(new URL(`../../cli${extname(import.meta.filename)}`, import.meta.url));

/**
 * Starts a version of the sample service in a process of its own, on a free port of the loopback. It ends with this one.
 * @throws when it ends before it listens
 */
export async function startVersion(version: "old" | "new", without: readonly string[] = []): Promise<VersionProcess> {
  const args = ["sample-service", "--version", version, ...without.flatMap((name) => ["--without", name])];
  const child = fork(CLI, args, {
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    // A process group of its own: Ctrl-C in the terminal is for the demo, which then ends its versions in order.
    detached: true,
  });
  const exited = once(child, "exit");
  const early = exited.then(([code]) => Promise.reject(new Error(`the sample service ended with ${String(code)}`)));
  // Once it listens, nobody waits for this any more.
  early.catch(() => {});
  const [message] = (await Promise.race([once(child, "message"), early])) as [SampleServiceMessage];
  return {
    url: message.url,
    async stop() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
