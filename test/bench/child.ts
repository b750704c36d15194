import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

const PATIENCE_MS = 10_000;
const POLL_MS = 50;

/** Waits until this address responds. @throws when the process ends before that, or after a timeout */
export async function waitForResponse(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (child.exitCode === null && performance.now() < deadline) {
    const hasResponded = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (hasResponded) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  await endChild(child);
  throw new Error(`${child.spawnfile} does not respond at ${url}`);
}

export async function endChild(child: ChildProcess): Promise<void> {
  const exit = once(child, "exit");
  if (child.exitCode === null && child.kill("SIGTERM")) await exit;
}
