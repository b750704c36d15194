import { once } from "node:events";
import type { Agent as HttpAgent, IncomingMessage } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { Agent, request } from "../../http/node-http.ts";
import type { DemoRequest } from "./demo-traffic.ts";

export interface LoadOptions {
  /** The origin of the proxy. */
  readonly url: string;
  readonly requests: Iterable<DemoRequest>;
  /** Keep-alive connections; each carries one request at a time. */
  readonly connections: number;
  /** Upper bound of the request rate. */
  readonly perSecond: number;
  /** Stops the load after the requests in flight. */
  readonly signal: AbortSignal;
  /** Called after each request with the number of completed requests. */
  readonly onProgress: (count: number) => void;
}

export interface LoadResult {
  /** Requests with a complete response. */
  readonly succeeded: number;
  readonly failed: number;
}

/** Without a byte. */
const TIMEOUT_MS = 10_000;
/** A load that was behind for longer does not send all that it missed at once. */
const MAX_BEHIND_MS = 500;

/** Sends requests at a steady rate, or more slowly if responses do not keep up. */
export async function runLoad({
  url,
  requests,
  connections,
  perSecond,
  signal,
  onProgress,
}: LoadOptions): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const source = requests[Symbol.iterator]();
  let dueAt = performance.now();
  let succeeded = 0;
  let failed = 0;

  async function runLane(): Promise<void> {
    for (let next = source.next(); next.done !== true; next = source.next()) {
      const early = dueAt - performance.now();
      dueAt = Math.max(dueAt, performance.now() - MAX_BEHIND_MS) + 1000 / perSecond;
      if (early > 0) await delay(early, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      try {
        await sendOne(url, next.value, agent);
        succeeded += 1;
      } catch {
        failed += 1;
      }
      onProgress(succeeded + failed);
    }
  }

  await Promise.all(Array.from({ length: connections }, runLane));
  agent.destroy();
  return { succeeded, failed };
}

/** Resolves at the end of the response. */
async function sendOne(url: string, { method, path, headers, body }: DemoRequest, agent: HttpAgent): Promise<void> {
  const sent = request(new URL(path, url), { method, headers, agent, timeout: TIMEOUT_MS });
  sent.on("timeout", () => sent.destroy());
  sent.end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  response.resume();
  await once(response, "end");
}
