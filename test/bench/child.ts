import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

const PATIENCE_MS = 10_000;
const POLL_MS = 50;

/** Fulfilled as soon as this address answers. @throws when the process ends before, or it takes too long */
export async function untilAnswering(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (child.exitCode === null && performance.now() < deadline) {
    const answered = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  await endChild(child);
  throw new Error(`${child.spawnfile} does not answer at ${url}`);
}

export async function endChild(child: ChildProcess): Promise<void> {
  const exit = once(child, "exit");
  if (child.exitCode === null && child.kill("SIGTERM")) await exit;
}
