import type { Accounting } from "../../src/model/accounting.ts";
import type { ContenderPlan } from "./contenders.ts";
import { comparedShare, type Turn } from "./figures.ts";
import { runH2load, saturateH2load } from "./h2load.ts";
import type { Load } from "./load.ts";
import { largestOf } from "./metrics-page.ts";
import { cpuOf, cpuOfThreads, peakMemoryOf } from "./processes.ts";
import type { Contender } from "./proxies.ts";
import { PROXY_THREAD } from "./shadowdiff.ts";
import { PATH } from "./shapes.ts";
import type { Upstream } from "./upstream.ts";
import { runWrk, type WrkResult } from "./wrk.ts";

/** Long enough to measure the machine. */
const REFERENCE_SECONDS = 1;
const MS_PER_SECOND = 1_000;

export interface TurnSettings {
  readonly seconds: number;
  /** Load before the measurement, so that code is compiled. */
  readonly warmUp: number;
  readonly connections: number;
  /** Requests per second at which latency is measured. */
  readonly rates: readonly number[];
  readonly body: string;
  readonly directory: string;
}

/** What is measured, and what has been counted until now. */
interface Measured {
  readonly contender: Contender;
  readonly load: Load;
  /** Roots of the process trees of contender and upstream. */
  readonly system: readonly number[];
  counted: Accounting | undefined;
}

/**
 * Runs one turn of one contender, in a new process: one turn's JIT state does not affect the next, and no other contender is
 * running.
 */
export async function takeTurn(plan: ContenderPlan, upstream: Upstream, settings: TurnSettings): Promise<Turn> {
  const contender = await plan.start(upstream);
  const { connections, body, directory, seconds, rates } = settings;
  const load: Load = { url: contender.url + PATH, protocol: upstream.protocol, connections, body, directory };
  try {
    const warmUp = plan.isNative === true ? 0 : settings.warmUp;
    const { requests } = warmUp > 0 ? await saturate(load, warmUp) : { requests: 0 };
    const counted = await contender.shadowdiff?.settle(requests);
    const measured: Measured = { contender, load, system: [...new Set([contender.pid, upstream.pid])], counted };
    let turn = await atSaturation(measured, plan.isReference === true ? REFERENCE_SECONDS : seconds);
    for (const rate of rates) turn = { ...turn, ...(await atRate(measured, rate, seconds)) };
    return { ...turn, peakMb: peakMemoryOf(contender.pid), loopMaxMs: await loopMaxMs(contender) };
  } finally {
    await contender.stop();
  }
}

function saturate(load: Load, seconds: number): Promise<WrkResult> {
  return load.protocol === "http1" ? runWrk(load, seconds) : saturateH2load(load, seconds);
}

async function atSaturation(measured: Measured, seconds: number): Promise<Turn> {
  const { shadowdiff, pid } = measured.contender;
  const proxyThreads = (): number => (shadowdiff === undefined ? 0 : cpuOfThreads(pid, PROXY_THREAD));
  const [before, proxyCpu] = [measured.counted, proxyThreads()];
  const { result, ...cpu } = await withCpu(measured, () => saturate(measured.load, seconds));
  const turn: Turn = { ...result, ...cpu };
  if (before === undefined || measured.counted === undefined) return turn;
  const proxyThreadsUs = (proxyThreads() - proxyCpu) / result.requests;
  return { ...turn, proxyThreadsUs, comparedShare: comparedShare(before, measured.counted) };
}

async function atRate(measured: Measured, rate: number, seconds: number): Promise<Turn> {
  const { result, cpuUs, systemUs } = await withCpu(measured, () => runH2load(measured.load, rate, seconds));
  return {
    [`p50Us@${rate}`]: result.p50Us,
    [`p99Us@${rate}`]: result.p99Us,
    [`errors@${rate}`]: result.errors,
    [`cpuUs@${rate}`]: cpuUs,
    [`systemUs@${rate}`]: systemUs,
  };
}

/** Runs a load until its last comparison is counted. @returns its result, and the CPU time per request */
async function withCpu<Result extends { readonly requests: number }>(
  measured: Measured,
  run: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly cpuUs: number; readonly systemUs: number }> {
  const { contender, system } = measured;
  const times = (): readonly number[] => system.map(cpuOf);
  const before = times();
  const result = await run();
  measured.counted = await contender.shadowdiff?.settle((measured.counted?.received ?? 0) + result.requests);
  const each = times().map((time, index) => (time - (before[index] ?? 0)) / result.requests);
  return { result, cpuUs: each[0] ?? Number.NaN, systemUs: each.reduce((sum, one) => sum + one, 0) };
}

async function loopMaxMs({ shadowdiff }: Contender): Promise<number | undefined> {
  const page = (await shadowdiff?.metrics()) ?? "";
  const seconds = largestOf(page, "shadowdiff_event_loop_delay_seconds", PROXY_THREAD, { percentile: "100" });
  return seconds === undefined ? undefined : seconds * MS_PER_SECOND;
}
