import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { requireTool } from "../tools/require-tool.ts";
import type { Load } from "./load.ts";

export interface WrkResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** Responses that were missing, late or not 2xx. */
  readonly errors: number;
}

const US: Readonly<Record<string, number>> = { us: 1, ms: 1000, s: 1_000_000, m: 60_000_000 };

/** Sends as many requests as the server handles, over keep-alive connections. */
export async function runWrk(load: Load, seconds: number): Promise<WrkResult> {
  const { url, connections } = load;
  const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", ...bodyArgs(load), url];
  const { stdout } = await promisify(execFile)(requireTool("wrk"), args);
  return parseWrk(stdout);
}

/** wrk sends a body only from a script. */
function bodyArgs({ body, directory }: Load): readonly string[] {
  if (body === "") return [];
  const script = join(directory, "post.lua");
  writeFileSync(
    script,
    `wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = [==[${body}]==]\n`,
  );
  return ["-s", script];
}

/** @param text output of wrk with `--latency` */
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
