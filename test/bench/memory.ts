/**
 * Measures the memory of shadowdiff under a constant load with mirroring, then with many idle connections.
 *   npm run bench:memory -- [--minutes 10] [--rate 1000 (0: unlimited)] [--connections 64] [--idle 10000]
 *     [--candidate equal|differing] [--out FILE]
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { findTool, installCommand, requireTool } from "../tools/require-tool.ts";
import { goalsTable, shown } from "./goals.ts";
import { h2loadArgs } from "./h2load.ts";
import { openIdle, tooManyConnections } from "./idle-connections.ts";
import type { Load } from "./load.ts";
import { writeResults } from "./machine.ts";
import { growthOf, largestProxyHeap, memoryGoals, readMemory, type MemorySample } from "./memory-figures.ts";
import { memoryOf, peakMemoryOf } from "./processes.ts";
import { chosen, readNumbers } from "./settings.ts";
import { startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";
import { PATH } from "./shapes.ts";
import { startUpstream } from "./upstream.ts";
import { runWrk } from "./wrk.ts";

const SAMPLE_EVERY_MS = 5_000;
const WARM_UP_SECONDS = 3;
const SECONDS_PER_MINUTE = 60;
/** Long enough for a garbage collection with the connections open. */
const IDLE_SETTLE_MS = 10_000;
const KB_PER_MB = 1_024;

interface Settings {
  readonly minutes: number;
  readonly rate: number;
  readonly connections: number;
  readonly idle: number;
}

/** Runs the load and samples the memory. */
async function underLoad(
  shadowdiff: Shadowdiff,
  load: Load,
  { minutes, rate }: Settings,
): Promise<readonly MemorySample[]> {
  const seconds = minutes * SECONDS_PER_MINUTE;
  let loading = true;
  const sent = (
    rate === 0
      ? runWrk(load, seconds)
      : promisify(execFile)(requireTool("h2load"), [...h2loadArgs(load, rate, seconds), load.url])
  ).finally(() => (loading = false));
  const samples: MemorySample[] = [];
  const began = performance.now();
  for (;;) {
    await Promise.race([delay(SAMPLE_EVERY_MS), sent]);
    if (!loading) break;
    const now = readMemory(await shadowdiff.metrics(), (performance.now() - began) / 1_000, memoryOf(shadowdiff.pid));
    samples.push(now);
    console.log(lineOf(now));
  }
  await sent;
  return samples;
}

function lineOf({ seconds, rssMb, heapMb, loopMs, pauseMs }: MemorySample): string {
  const heaps = Object.entries(heapMb).map(([thread, mb]) => `${thread} ${shown(mb)}`);
  return `${seconds.toFixed(0).padStart(5)} s  RSS ${shown(rssMb)} MB, heaps ${heaps.join(", ")} MB, loop ${shown(loopMs)} (${shown(pauseMs)}) ms`;
}

/** Measures many idle connections. @returns resident memory in MB, and the largest heap of a proxy thread */
async function withIdle(shadowdiff: Shadowdiff, count: number): Promise<{ rssMb: number; heapMb: number }> {
  const before = memoryOf(shadowdiff.pid);
  const idle = await openIdle(shadowdiff.url + PATH, count);
  await delay(IDLE_SETTLE_MS);
  const rssMb = memoryOf(shadowdiff.pid);
  const heapMb = largestProxyHeap([readMemory(await shadowdiff.metrics(), 0, rssMb)]) ?? Number.NaN;
  const each = ((rssMb - before) * KB_PER_MB) / count;
  console.log(
    `\n${idle.open()} of ${count} idle connections open: RSS ${shown(before)} → ${shown(rssMb)} MB, ` +
      `${shown(each)} KB each; heap of a proxy thread ${shown(heapMb)} MB`,
  );
  idle.close();
  return { rssMb, heapMb };
}

async function watch(settings: Settings, differing: boolean, out: string | undefined): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "bench-load-"));
  const upstream = await startUpstream(1024);
  const shadowdiff = await startShadowdiff(upstream.same, differing ? upstream.differing : upstream.twin);
  try {
    const load: Load = { url: shadowdiff.url + PATH, connections: settings.connections, body: "", directory };
    await runWrk(load, WARM_UP_SECONDS);
    const samples = await underLoad(shadowdiff, load, settings);
    const growth = growthOf(samples);
    const { heapMb, rssMb } = growth;
    console.log(`\ngrowth over the last half, MB per minute: heaps ${shown(heapMb)}, resident ${shown(rssMb)}`);
    const goals = memoryGoals(samples, peakMemoryOf(shadowdiff.pid), settings.rate === 0);
    const idle = settings.idle > 0 ? await withIdle(shadowdiff, settings.idle) : undefined;
    console.log(`\n${goalsTable(goals)}`);
    writeResults(out, { settings: { ...settings, differing }, samples, growthMbPerMinute: growth, idle, goals });
  } finally {
    await shadowdiff.stop();
    await upstream.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

const { numbers, texts } = readNumbers({ minutes: 10, rate: 1_000, connections: 64, idle: 10_000 }, [
  "candidate",
  "out",
]);
const [candidate] = chosen("candidate", texts["candidate"] ?? "equal", ["equal", "differing"]);
const tools = (["wrk", "h2load"] as const).filter((name) => findTool(name) === undefined);
const problem =
  tools.length > 0
    ? `bench:memory needs ${tools.join(", ")}: run ${installCommand(tools)}`
    : tooManyConnections(numbers.idle);
if (problem === undefined) {
  await watch(numbers, candidate === "differing", texts["out"]);
} else {
  console.error(problem);
  process.exitCode = 1;
}
