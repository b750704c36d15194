/**
 * What the dashboard costs on a replica that also proxies: CPU of each thread, and latencies of clients, with and without open tabs.
 *   node test/bench/roles.ts [--endpoints 500] [--rate 400] [--tabs 10] [--turns 3] [--seconds 8]
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { Pool } from "undici";
import { shown } from "./goals.ts";
import { readNumbers } from "./settings.ts";
import { startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";
import { percentile, spreadOf } from "./statistics.ts";
import { table } from "./table.ts";
import { shopPath, startService } from "./web/service.ts";

const CONNECTIONS = 32;
const SLICE_MS = 5;
/** As the dashboard. */
const REFRESH_MS = 1_000;
const THREADS = ["main", "store", "compare-0", "proxy-0"] as const;

type Cpu = Readonly<Record<string, number>>;

/** A tab that shows the overview and the list of endpoints, and loads both again when something was committed, once a second at most. */
async function openTab(admin: string, signal: AbortSignal): Promise<void> {
  let loadedAt = 0;
  const load = async (path: string): Promise<void> => {
    const response = await fetch(`${admin}/api/v1/${path}`, { signal });
    await response.arrayBuffer();
  };
  try {
    const response = await fetch(`${admin}/api/v1/events`, { signal });
    for await (const chunk of response.body ?? []) {
      if (!Buffer.from(chunk).includes("event: committed") || performance.now() - loadedAt < REFRESH_MS) continue;
      loadedAt = performance.now();
      await Promise.all([load("overview"), load("endpoints?limit=50")]);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** The tabs are in a process of their own, as browsers are. */
if (process.send !== undefined) {
  process.once("message", ({ admin, tabs }: { admin: string; tabs: number }) => {
    const stopping = new AbortController();
    const open = Array.from({ length: tabs }, () => openTab(admin, stopping.signal));
    process.once("message", () => {
      stopping.abort();
      void Promise.all(open).then(() => process.exit(0));
    });
  });
} else await measure();

async function cpuOf(shadowdiff: Shadowdiff): Promise<Cpu> {
  const text = await shadowdiff.metrics();
  const rows = [...text.matchAll(/^shadowdiff_thread_cpu_seconds_total\{thread="([^"]+)"\} (\S+)$/gm)];
  return Object.fromEntries(rows.map(([, thread = "", value]) => [thread, Number(value)]));
}

/** Sends requests at a fixed rate, however long responses take. @returns milliseconds of each */
async function sendFor(seconds: number, perSecond: number, send: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  const pending: Promise<unknown>[] = [];
  const began = performance.now();
  let sent = 0;
  while (performance.now() - began < seconds * 1_000) {
    const due = Math.floor(((performance.now() - began) * perSecond) / 1_000);
    for (; sent < due; sent += 1) {
      const at = performance.now();
      pending.push(send().then(() => times.push(performance.now() - at)));
    }
    await delay(SLICE_MS);
  }
  await Promise.all(pending);
  return times;
}

async function measure(): Promise<void> {
  const { numbers } = readNumbers({ endpoints: 500, rate: 400, tabs: 10, turns: 3, seconds: 8 });
  const { endpoints, rate, tabs, turns, seconds } = numbers;
  const service = await startService();
  const shadowdiff = await startShadowdiff(service.urls.primary, service.urls.candidate, {
    flags: ["--compare-max-endpoints", String(endpoints + 10), "--compare-max-segment-values", "0"],
  });
  const pool = new Pool(shadowdiff.url, { connections: CONNECTIONS });
  let index = 0;
  const send = async (): Promise<void> => {
    index += 1;
    const { body } = await pool.request({ method: "GET", path: shopPath(index % endpoints, index) });
    await body.dump();
  };
  const figures = [0, tabs].map((open) => ({ open, cpu: [] as Cpu[], p50: [] as number[], p99: [] as number[] }));
  try {
    await sendFor((endpoints * 20) / rate, rate, send);
    for (let turn = 0; turn < turns; turn += 1) {
      for (const figure of figures) {
        const browser = figure.open === 0 ? undefined : fork(import.meta.filename);
        browser?.send({ admin: shadowdiff.admin, tabs: figure.open });
        await sendFor(2, rate, send);
        const before = await cpuOf(shadowdiff);
        const times = await sendFor(seconds, rate, send);
        const after = await cpuOf(shadowdiff);
        const share = (thread: string): number => ((after[thread] ?? 0) - (before[thread] ?? 0)) / seconds;
        figure.cpu.push(Object.fromEntries(THREADS.map((thread) => [thread, share(thread)])));
        figure.p50.push(percentile(times, 0.5));
        figure.p99.push(percentile(times, 0.99));
        if (browser === undefined) continue;
        const ended = once(browser, "exit");
        browser.send("end");
        await ended;
      }
    }
  } finally {
    await pool.close();
    await shadowdiff.stop();
    service.stop();
  }
  const rows = figures.map(({ open, cpu, p50, p99 }) => [
    `${open} tabs`,
    ...THREADS.map((thread) => shown(spreadOf(cpu.map((each) => (each[thread] ?? 0) * 1_000)).median)),
    shown(spreadOf(p50).median),
    shown(spreadOf(p99).median),
  ]);
  const header = ["", ...THREADS.map((thread) => `${thread} ms/s`), "p50 ms", "p99 ms"];
  console.log(`${endpoints} endpoints, ${rate} requests/s, medians of ${turns} turns\n${table([header, ...rows])}`);
}
