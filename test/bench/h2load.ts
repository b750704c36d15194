import { execFile } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { requireTool } from "../tools/require-tool.ts";
import type { Load } from "./load.ts";
import type { Protocol } from "./shapes.ts";
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
/** Concurrent requests on each connection of HTTP/2. */
const STREAMS = 8;

/** Sends a fixed number of requests per second over keep-alive connections. */
export async function runH2load(load: Load, rate: number, seconds: number): Promise<RateResult> {
  const log = await logOf(load, h2loadArgs(load, rate, seconds + RAMP_SECONDS));
  return parseH2loadLog(log, RAMP_SECONDS * US_PER_SECOND);
}

/** Sends as many requests as the server handles; wrk has no HTTP/2. */
export async function saturateH2load(load: Load, seconds: number): Promise<RateResult & { perSecond: number }> {
  const result = parseH2loadLog(await logOf(load, [...requestArgs(load), `--duration=${seconds}`]), 0);
  return { ...result, perSecond: result.requests / seconds };
}

async function logOf(load: Load, args: readonly string[]): Promise<string> {
  const log = join(load.directory, "h2load.log");
  // h2load appends to an existing file.
  rmSync(log, { force: true });
  await promisify(execFile)(requireTool("h2load"), [...args, `--log-file=${log}`, load.url]);
  return readFileSync(log, "utf8");
}

/** Returns the arguments without the address. `--rps` applies to each connection. */
export function h2loadArgs(load: Load, rate: number, seconds: number): readonly string[] {
  return [
    ...requestArgs(load),
    `--requests=${Math.round(rate * seconds)}`,
    `--rps=${rate / clientsOf(load)}`,
    // Connections opened at the same time would always send at the same time: bursts of 64 instead of a rate.
    "--rate=1",
    "--rate-period=1ms",
  ];
}

function requestArgs(load: Load): readonly string[] {
  const { protocol = "http1", body, directory } = load;
  const data = join(directory, "post.data");
  if (body !== "") writeFileSync(data, body);
  return [
    ...(protocol === "http1" ? ["--h1"] : [`--max-concurrent-streams=${STREAMS}`]),
    "--threads=1",
    `--clients=${clientsOf(load)}`,
    ...(body === "" ? [] : [`--data=${data}`]),
    ...(body === "" ? [] : fieldsOf(protocol).map((field) => `--header=${field}`)),
  ];
}

function clientsOf({ protocol = "http1", connections }: Load): number {
  return protocol === "http1" ? connections : Math.ceil(connections / STREAMS);
}

function fieldsOf(protocol: Protocol): readonly string[] {
  return protocol === "grpc" ? ["content-type: application/grpc", "te: trailers"] : ["content-type: application/json"];
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
