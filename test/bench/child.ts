import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { request } from "node:https";

const PATIENCE_MS = 10_000;
const POLL_MS = 50;

/** Waits until this address responds. @throws when the process ends before that, or after a timeout */
export async function waitForResponse(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (child.exitCode === null && performance.now() < deadline) {
    if (await responds(url)) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  await endChild(child);
  throw new Error(`${child.spawnfile} does not respond at ${url}`);
}

export async function endChild(child: ChildProcess): Promise<void> {
  const exit = once(child, "exit");
  if (child.exitCode === null && child.kill("SIGTERM")) await exit;
}

async function responds(url: string): Promise<boolean> {
  if (url.startsWith("http:")) {
    return fetch(url).then(
      (response) => response.ok,
      () => false,
    );
  }
  return new Promise((resolve) => {
    request(url, { rejectUnauthorized: false, agent: false }, (response) => resolve(response.statusCode === 200))
      .on("error", () => resolve(false))
      .end();
  });
}
