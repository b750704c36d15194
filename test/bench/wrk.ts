import { execFile } from "node:child_process";
import { promisify } from "node:util";

export interface WrkResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** Answers that were missing, late or not 2xx. */
  readonly errors: number;
}

const US: Readonly<Record<string, number>> = { us: 1, ms: 1000, s: 1_000_000, m: 60_000_000 };

/** Sends as many requests as the other side takes, over keep-alive connections. */
export async function runWrk(
  wrk: string,
  options: { readonly url: string; readonly seconds: number; readonly connections: number },
): Promise<WrkResult> {
  const { url, seconds, connections } = options;
  const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", url];
  const { stdout } = await promisify(execFile)(wrk, args);
  return parseWrk(stdout);
}

/** @param text what wrk prints with `--latency` */
export function parseWrk(text: string): WrkResult {
  const number = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? Number.NaN);
  const latency = (percent: number): number => {
    const [, value, unit = ""] = new RegExp(`^\\s+${percent}%\\s+([\\d.]+)(us|ms|s|m)$`, "m").exec(text) ?? [];
    return Number(value) * (US[unit] ?? Number.NaN);
  };
  const sockets = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text)?.slice(1) ?? [];
  const notOk = /Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? "0";
  return {
    requests: number(/(\d+) requests in /),
    perSecond: number(/Requests\/sec:\s+([\d.]+)/),
    p50Us: latency(50),
    p99Us: latency(99),
    errors: [...sockets, notOk].reduce((total, count) => total + Number(count), 0),
  };
}
