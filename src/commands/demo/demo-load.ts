import { setTimeout as delay } from "node:timers/promises";
import { Pool } from "undici";
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

/** Time without any byte of the response after which a request has failed. */
const IDLE_TIMEOUT_MS = 10_000;

/** Sends requests at a steady rate, or more slowly if responses do not keep up. */
export async function runLoad({
  url,
  requests,
  connections,
  perSecond,
  signal,
  onProgress,
}: LoadOptions): Promise<LoadResult> {
  const pool = new Pool(url, {
    connections,
    pipelining: 1,
    headersTimeout: IDLE_TIMEOUT_MS,
    bodyTimeout: IDLE_TIMEOUT_MS,
  });
  const source = requests[Symbol.iterator]();
  const start = performance.now();
  let sent = 0;
  let succeeded = 0;
  let failed = 0;

  async function client(): Promise<void> {
    for (let next = source.next(); next.done !== true; next = source.next()) {
      const { method, path, body } = next.value;
      const early = start + (sent++ * 1000) / perSecond - performance.now();
      if (early > 0) await delay(early);
      if (signal.aborted) return;
      try {
        const headers = body === undefined ? {} : { "content-type": "application/json" };
        const response = await pool.request({ method, path, headers, body: body ?? null });
        await response.body.dump();
        succeeded += 1;
      } catch {
        failed += 1;
      }
      onProgress(succeeded + failed);
    }
  }

  await Promise.all(Array.from({ length: connections }, client));
  await pool.close();
  return { succeeded, failed };
}
