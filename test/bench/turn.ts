import type { Contender, ContenderPlan } from "./contenders.ts";
import { comparedShare, type Turn } from "./figures.ts";
import { runH2load } from "./h2load.ts";
import type { Load } from "./load.ts";
import { largestOf } from "./metrics-page.ts";
import { cpuOf, cpuOfThreads, peakMemoryOf } from "./processes.ts";
import { PROXY_THREAD } from "./shadowdiff.ts";
import { PATH } from "./shapes.ts";
import type { Upstream } from "./upstream.ts";
import { runWrk } from "./wrk.ts";

/** Warm-up before the measurement, so that the code is compiled. */
const WARM_UP_SECONDS = 3;
const MS_PER_SECOND = 1_000;

export interface TurnSettings {
  readonly seconds: number;
  readonly connections: number;
  /** Requests per second at which latency is measured. */
  readonly rates: readonly number[];
  readonly body: string;
  readonly directory: string;
}

/**
 * Runs one turn of one contender, in a new process: one turn's JIT state does not affect the next, and no other contender is
 * running.
 */
export async function takeTurn(plan: ContenderPlan, upstream: Upstream, settings: TurnSettings): Promise<Turn> {
  const contender = await plan.start(upstream);
  const { connections, body, directory } = settings;
  const load: Load = { url: contender.url + PATH, connections, body, directory };
  try {
    const warmUp = await runWrk(load, WARM_UP_SECONDS);
    await contender.shadowdiff?.settle(warmUp.requests);
    let turn = await atSaturation(contender, load, settings.seconds);
    for (const rate of settings.rates) turn = { ...turn, ...(await atRate(contender, load, rate, settings.seconds)) };
    return { ...turn, peakMb: peakMemoryOf(contender.pid), loopMaxMs: await loopMaxMs(contender) };
  } finally {
    await contender.stop();
  }
}

async function atSaturation(contender: Contender, load: Load, seconds: number): Promise<Turn> {
  const { shadowdiff, pid } = contender;
  const before = await shadowdiff?.settle(0);
  const proxyThreads = (): number => (shadowdiff === undefined ? 0 : cpuOfThreads(pid, PROXY_THREAD));
  const [cpu, proxyCpu] = [cpuOf(pid), proxyThreads()];
  const result = await runWrk(load, seconds);
  const after = await shadowdiff?.settle((before?.received ?? 0) + result.requests);
  const proxyThreadsUs = (proxyThreads() - proxyCpu) / result.requests;
  const turn: Turn = { ...result, cpuUs: (cpuOf(pid) - cpu) / result.requests };
  if (before === undefined || after === undefined) return turn;
  return { ...turn, proxyThreadsUs, comparedShare: comparedShare(before, after) };
}

async function atRate(contender: Contender, load: Load, rate: number, seconds: number): Promise<Turn> {
  const before = await contender.shadowdiff?.settle(0);
  const cpu = cpuOf(contender.pid);
  const { requests, p50Us, p99Us, errors } = await runH2load(load, rate, seconds);
  await contender.shadowdiff?.settle((before?.received ?? 0) + requests);
  const cpuUs = (cpuOf(contender.pid) - cpu) / requests;
  return {
    [`p50Us@${rate}`]: p50Us,
    [`p99Us@${rate}`]: p99Us,
    [`errors@${rate}`]: errors,
    [`cpuUs@${rate}`]: cpuUs,
  };
}

async function loopMaxMs({ shadowdiff }: Contender): Promise<number | undefined> {
  const page = (await shadowdiff?.metrics()) ?? "";
  const seconds = largestOf(page, "shadowdiff_event_loop_delay_seconds", PROXY_THREAD, { percentile: "100" });
  return seconds === undefined ? undefined : seconds * MS_PER_SECOND;
}
