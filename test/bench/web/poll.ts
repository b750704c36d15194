import { get } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { judge, type JudgedGoal } from "../goals.ts";
import { cpuOfThreads } from "../processes.ts";
import type { Rehearsal } from "./traffic.ts";

const MAIN_THREAD_LIMIT_MS = 5;
const WIRE_LIMIT_KB = 20;
const BYTES_PER_KB = 1_000;
const MICROSECONDS = 1_000;

/** What the overview asks for after a commit. */
const PATH = "/api/v1/overview";

export interface PollOptions {
  readonly name: string;
  readonly seconds: number;
  readonly everyMs: number;
  /** The thread that answers, which other work keeps busy for so many ms per second. */
  readonly thread: string;
  readonly otherMsPerSecond: number;
}

/** Polls like a dashboard, and divides the CPU of the thread by the number of polls. */
export async function measurePolls({ admin, pid }: Rehearsal, options: PollOptions): Promise<readonly JudgedGoal[]> {
  const { name, seconds, everyMs, thread, otherMsPerSecond } = options;
  const [began, before] = [performance.now(), cpuOfThreads(pid, thread)];
  let [polls, bytes] = [0, 0];
  while (performance.now() - began < seconds * 1_000) {
    bytes += await bytesOf(`${admin}${PATH}`);
    polls += 1;
    await delay(Math.max(0, began + polls * everyMs - performance.now()));
  }
  const cpuMs = (cpuOfThreads(pid, thread) - before) / MICROSECONDS;
  const ownMs = cpuMs - (otherMsPerSecond * (performance.now() - began)) / 1_000;
  return [
    judge({ name: `poll, ${name}: main thread, ms`, is: "at most", limit: MAIN_THREAD_LIMIT_MS }, ownMs / polls),
    judge({ name: `poll, ${name}: kB`, is: "at most", limit: WIRE_LIMIT_KB }, bytes / polls / BYTES_PER_KB),
  ];
}

/** The bytes of a compressed body, without its head. */
function bytesOf(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers: { "accept-encoding": "gzip, deflate, br, zstd" } }, (response) => {
      let bytes = 0;
      response.on("data", (chunk: Buffer) => (bytes += chunk.length));
      response.on("end", () => resolve(bytes));
    });
    request.on("error", reject);
  });
}

/** The CPU of the thread without polls, ms per second. */
export async function idleCost({ pid }: Rehearsal, thread: string, seconds: number): Promise<number> {
  const [began, before] = [performance.now(), cpuOfThreads(pid, thread)];
  await delay(seconds * 1_000);
  return (cpuOfThreads(pid, thread) - before) / (performance.now() - began);
}
