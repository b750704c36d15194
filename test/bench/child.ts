import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:http2";
import { request } from "node:https";
import type { Protocol } from "./shapes.ts";

const PATIENCE_MS = 10_000;
const POLL_MS = 50;

/** Waits until this address responds. @throws when the process ends before that, or after a timeout */
export async function waitForResponse(url: string, child: ChildProcess, protocol: Protocol = "http1"): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (child.exitCode === null && performance.now() < deadline) {
    if (await (protocol === "http1" ? responds(url) : respondsHttp2(url))) return;
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

/** With prior knowledge: such a listener can have no HTTP/1.1. */
function respondsHttp2(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const session = connect(url).on("error", () => resolve(false));
    session
      .request({ ":path": "/" })
      .on("error", () => resolve(false))
      .on("response", () => resolve(true))
      .on("close", () => session.destroy())
      .resume();
  });
}
