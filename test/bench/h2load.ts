import { execFile } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { requireTool } from "../tools/require-tool.ts";
import type { Load } from "./load.ts";
import { percentile } from "./statistics.ts";

export interface RateResult {
  /** Duration of the run, including its first second. */
  readonly requests: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** Responses that were missing or not 2xx. */
  readonly errors: number;
}

/** Excluded from the percentiles, because connections are opened in this time. */
const RAMP_SECONDS = 1;
const US_PER_SECOND = 1_000_000;

/** Sends a fixed number of requests per second over keep-alive connections. */
export async function runH2load(load: Load, rate: number, seconds: number): Promise<RateResult> {
  const log = join(load.directory, "h2load.log");
  // h2load appends to an existing file.
  rmSync(log, { force: true });
  await promisify(execFile)(requireTool("h2load"), [
    ...h2loadArgs(load, rate, seconds + RAMP_SECONDS),
    `--log-file=${log}`,
    load.url,
  ]);
  return parseH2loadLog(readFileSync(log, "utf8"), RAMP_SECONDS * US_PER_SECOND);
}

/** Returns the arguments without the address. `--rps` applies to each connection. */
export function h2loadArgs({ connections, body, directory }: Load, rate: number, seconds: number): readonly string[] {
  const data = join(directory, "post.json");
  if (body !== "") writeFileSync(data, body);
  return [
    "--h1",
    "--threads=1",
    `--clients=${connections}`,
    `--requests=${Math.round(rate * seconds)}`,
    `--rps=${rate / connections}`,
    // Connections opened at the same time would always send at the same time: bursts of 64 instead of a rate.
    "--rate=1",
    "--rate-period=1ms",
    ...(body === "" ? [] : [`--data=${data}`, "--header=content-type: application/json"]),
  ];
}

/**
 * @param log h2load's `--log-file`: start in microseconds since the epoch, status (-1: none), duration in microseconds
 * @param rampUs requests that started within this time after the first one are excluded from the percentiles
 */
export function parseH2loadLog(log: string, rampUs: number): RateResult {
  const rows = log.split("\n").flatMap((line) => {
    const [start, status, duration] = line.split("\t").map(Number);
    return line === "" || duration === undefined ? [] : [{ start, status, duration }];
  }) as { start: number; status: number; duration: number }[];
  const begin = rows.reduce((first, { start }) => Math.min(first, start), Infinity);
  const good = rows.filter(({ status }) => status >= 200 && status < 300);
  const counted = good.filter(({ start }) => start - begin >= rampUs).map(({ duration }) => duration);
  return {
    requests: rows.length,
    p50Us: percentile(counted, 0.5),
    p99Us: percentile(counted, 0.99),
    errors: rows.length - good.length,
  };
}
