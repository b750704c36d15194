import { setTimeout as delay } from "node:timers/promises";
import { Pool } from "undici";
import { exponential } from "./own-randomness.ts";

/**
 * When the clients send. `paced`: at random times (a Poisson process), whether earlier requests have responses or not. `closed`:
 * each of a few clients sends its next request when it has the response, back to back.
 */
export const PACINGS = ["paced", "closed"] as const;
export type Pacing = (typeof PACINGS)[number];

export interface Traffic {
  readonly pacing: Pacing;
  readonly requests: number;
  /** Requests per second, if paced. */
  readonly rate: number;
  /** Clients, if back to back. */
  readonly clients: number;
  /** No request is sent after this time. */
  readonly milliseconds: number;
  readonly pathOf: (index: number) => string;
  readonly random: () => number;
  /** Ends the traffic early. */
  readonly signal: AbortSignal;
}

export interface TrafficResult {
  readonly sent: number;
  /** Requests without a complete response. */
  readonly failed: number;
}

const MAX_CONNECTIONS = 128;

/** Sends GET requests, and waits for all responses. */
export async function sendTraffic(base: string, traffic: Traffic): Promise<TrafficResult> {
  const { pacing, requests, milliseconds, signal } = traffic;
  const pool = new Pool(base, { connections: pacing === "paced" ? MAX_CONNECTIONS : traffic.clients });
  const end = performance.now() + milliseconds;
  let sent = 0;
  let failed = 0;
  const goesOn = (): boolean => sent < requests && performance.now() < end && !signal.aborted;
  const send = async (): Promise<void> => {
    const path = traffic.pathOf(sent++);
    try {
      const response = await pool.request({ method: "GET", path });
      await response.body.dump();
    } catch {
      failed += 1;
    }
  };
  const client = async (): Promise<void> => {
    while (goesOn()) await send();
  };
  const pace = async (): Promise<void> => {
    const open: Promise<void>[] = [];
    let due = performance.now();
    while (goesOn()) {
      due += exponential(1_000 / traffic.rate, traffic.random);
      const early = due - performance.now();
      if (early > 1) await delay(early);
      open.push(send());
    }
    await Promise.all(open);
  };
  await (pacing === "paced" ? pace() : Promise.all(Array.from({ length: traffic.clients }, client)));
  await pool.close();
  return { sent, failed };
}
