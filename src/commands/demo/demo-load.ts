import { setTimeout as delay } from "node:timers/promises";
import { Pool } from "undici";
import type { DemoRequest } from "./demo-traffic.ts";

export interface LoadOptions {
  /** Origin that the requests go to. */
  readonly url: string;
  readonly requests: Iterable<DemoRequest>;
  /** Connections that are kept open; each carries one request at a time. */
  readonly connections: number;
  /** Requests are not sent faster than this; on a slow machine they are slower. */
  readonly perSecond: number;
  /** Ends the load after the requests under way. */
  readonly signal: AbortSignal;
  /** Called after each answer with the number of requests that have ended. */
  readonly ended: (count: number) => void;
}

export interface LoadResult {
  /** Requests that got a complete answer. */
  readonly answered: number;
  readonly failed: number;
}

/** A request that hears nothing for so long has failed. */
const SILENCE_MS = 10_000;

/** Sends the requests at a steady rate, as far as the answers keep up. */
export async function runLoad({
  url,
  requests,
  connections,
  perSecond,
  signal,
  ended,
}: LoadOptions): Promise<LoadResult> {
  const pool = new Pool(url, { connections, pipelining: 1, headersTimeout: SILENCE_MS, bodyTimeout: SILENCE_MS });
  const source = requests[Symbol.iterator]();
  const start = performance.now();
  let taken = 0;
  let answered = 0;
  let failed = 0;

  async function client(): Promise<void> {
    for (let next = source.next(); next.done !== true; next = source.next()) {
      const { method, path, body } = next.value;
      const early = start + (taken++ * 1000) / perSecond - performance.now();
      if (early > 0) await delay(early);
      if (signal.aborted) return;
      try {
        const headers = body === undefined ? {} : { "content-type": "application/json" };
        const response = await pool.request({ method, path, headers, body: body ?? null });
        await response.body.dump();
        answered += 1;
      } catch {
        failed += 1;
      }
      ended(answered + failed);
    }
  }

  await Promise.all(Array.from({ length: connections }, client));
  await pool.close();
  return { answered, failed };
}
