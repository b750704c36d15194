import { fork } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { PlantedName } from "./planted-regressions.ts";

/** Both instances of a version of the sample service, in one process: each process would need 27 MB. */
export interface VersionProcess {
  /** URLs of the instances; `one-address` concerns the second one. */
  readonly urls: ServedUrls;
  /** From now on, `late-change` shows. */
  becomeLate(): Promise<void>;
  stop(): Promise<void>;
}

/** Sent by the process once both instances listen. */
export type ServedUrls = readonly [string, string];

/** Sent to the process, which answers with the same. */
export const BECOME_LATE = "become-late";

/** A young generation of 3 MB instead of 48, and early collections. */
const NODE_FLAGS = ["--max-semi-space-size=1", "--optimize-for-size"];
const ENTRY = fileURLToPath(new URL(`./serve-version${extname(import.meta.filename)}`, import.meta.url));

/**
 * Starts two instances of a version of the sample service in a child process, on free loopback ports. It ends with this process.
 * @param without planted regressions that the new version does not have
 * @throws if it exits before both listen
 */
export async function startVersion(
  version: "old" | "new",
  without: readonly PlantedName[] = [],
): Promise<VersionProcess> {
  const child = fork(ENTRY, [version, ...without], {
    execArgv: NODE_FLAGS,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    // A separate process group: Ctrl-C reaches only the demo, which then stops its versions in order.
    detached: true,
  });
  const exited = once(child, "exit");
  const early = exited.then(([code]) => Promise.reject(new Error(`the sample service exited with ${String(code)}`)));
  // Once it listens, the rejection has no handler.
  early.catch(() => {});
  const [urls] = (await Promise.race([once(child, "message"), early])) as [ServedUrls];
  return {
    urls,
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
