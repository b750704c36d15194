import { fork } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

export interface VersionProcess {
  readonly url: string;
  /** From now on, `late-change` shows. */
  becomeLate(): Promise<void>;
  stop(): Promise<void>;
}

/** Sent by the sample service to its parent process once it listens. */
export interface SampleServiceMessage {
  readonly url: string;
}

/** Sent to the sample service, which answers with the same. */
export const BECOME_LATE = "become-late";

/** A young generation of 3 MB instead of 16: a version needs 37 MB of its own instead of 47. */
const NODE_FLAGS = ["--max-semi-space-size=1"];
const CLI = fileURLToPath(new URL(`../../cli${extname(import.meta.filename)}`, import.meta.url));

export interface VersionOptions {
  /** Planted regressions that the new version does not have. */
  readonly without?: readonly string[] | undefined;
  readonly isSecondInstance?: boolean | undefined;
}

/**
 * Starts a version of the sample service in a child process on a free loopback port. It ends with this process.
 * @throws if it exits before it listens
 */
export async function startVersion(
  version: "old" | "new",
  { without = [], isSecondInstance = false }: VersionOptions = {},
): Promise<VersionProcess> {
  const args = [
    "sample-service",
    "--version",
    version,
    ...without.flatMap((name) => ["--without", name]),
    ...(isSecondInstance ? ["--second-instance"] : []),
  ];
  const child = fork(CLI, args, {
    execArgv: NODE_FLAGS,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    // A separate process group: Ctrl-C reaches only the demo, which then stops its versions in order.
    detached: true,
  });
  const exited = once(child, "exit");
  const early = exited.then(([code]) => Promise.reject(new Error(`the sample service exited with ${String(code)}`)));
  // Once it listens, the rejection has no handler.
  early.catch(() => {});
  const [message] = (await Promise.race([once(child, "message"), early])) as [SampleServiceMessage];
  return {
    url: message.url,
    async becomeLate() {
      const isLate = once(child, "message");
      child.send(BECOME_LATE);
      await Promise.race([isLate, early]);
    },
    async stop() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
