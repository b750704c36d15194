import { loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { randomFor } from "../simulate/random.ts";
import type { Kind, PlannedRun } from "./run-plan.ts";
import { findingsOf, type SeenReport, type SeenVerdict } from "./seen-report.ts";
import type { LatencyKind, NoiseKind, ServerConfig } from "./server-config.ts";
import { startRehearsal } from "./target-program.ts";
import { sendTraffic } from "./traffic.ts";

/** How long and how fast one run is. */
export interface RunSize {
  readonly requests: number;
  /** Requests per second of paced traffic. */
  readonly rate: number;
  /** The longest time that traffic may take. */
  readonly seconds: number;
  readonly gateParity: number;
}

export interface RunResult extends PlannedRun {
  /** `fail` if the report failed at any look. */
  readonly verdict: SeenVerdict;
  /** Reports that were read while the run went on, and at its end. */
  readonly looks: number;
  /** Compared exchanges at the first look that failed. */
  readonly failedAt: number | null;
  /** Of the first look that failed; empty otherwise. */
  readonly findings: readonly string[];
  /** Of the first look that failed, or of the end. */
  readonly reasons: readonly string[];
  /** The placebo failed at any look; null without one. */
  readonly placeboFailed: boolean | null;
  /** The latency ratio at the end: estimate, low, high. */
  readonly ratio: readonly [number, number, number] | null;
  readonly compared: number;
  readonly sent: number;
  /** Client requests without a complete response. */
  readonly failedRequests: number;
  readonly seconds: number;
  /** Processes that ran or waited for a processor, averaged over a minute. */
  readonly machineLoad: number;
}

const LOOK_EVERY_MS = 1_000;
/** Inputs are drawn from this many, so that they repeat. */
const INPUTS = 500;
/** Latency of the runs whose subject is noise. */
const QUIET_LATENCY = "lognormal";
const SELF_CHECKS = [20, 100];
const FEWEST_CLIENTS = 4;
const MOST_CLIENTS = 8;

/** Paths of three endpoints; `/search/…` is without noise. */
export function pathsOf(random: () => number): () => string {
  return () => {
    const input = 1 + Math.floor(random() * INPUTS);
    const endpoint = ["items", "users", "search"][Math.floor(random() * 3)];
    return `/${endpoint}/${input}`;
  };
}

/** Runs identical servers behind the program, and reads its report every second. */
export async function runTwins(
  planned: PlannedRun,
  { requests, rate, seconds, gateParity }: RunSize,
  target: string,
  signal: AbortSignal,
): Promise<RunResult> {
  const random = randomFor(planned.seed, "traffic");
  const drawn = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const server = { seed: planned.seed, ...behaviorOf(planned.kind) };
  const start = performance.now();
  const rehearsal = await startRehearsal({
    target,
    mode: planned.mode,
    selfCheck: drawn(SELF_CHECKS),
    primary: { ...server, role: "primary" },
    candidate: { ...server, role: "candidate" },
    args: ["--gate-parity", String(gateParity)],
  });
  try {
    const pathOf = pathsOf(random);
    const clients = FEWEST_CLIENTS + Math.floor(random() * (MOST_CLIENTS - FEWEST_CLIENTS + 1));
    const ended = new AbortController();
    const looking = lookEvery(LOOK_EVERY_MS, () => rehearsal.report(), ended.signal);
    const milliseconds = seconds * 1_000;
    const traffic = { pacing: planned.pacing, requests, rate, clients, milliseconds, pathOf, random, signal };
    const { sent, failed } = await sendTraffic(rehearsal.proxy, traffic);
    ended.abort();
    const looks = [...(await looking), await rehearsal.reportAtRest(sent)];
    return {
      ...planned,
      ...summaryOfLooks(looks),
      sent,
      failedRequests: failed,
      seconds: Math.round((performance.now() - start) / 100) / 10,
      machineLoad: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    };
  } finally {
    await rehearsal.stop();
  }
}

/** Reads reports at a steady pace until the signal. A look that a loaded machine does not answer in time is left out. */
async function lookEvery(
  everyMs: number,
  look: () => Promise<SeenReport>,
  signal: AbortSignal,
): Promise<readonly SeenReport[]> {
  const reports: SeenReport[] = [];
  while (!signal.aborted) {
    await delay(everyMs, undefined, { signal }).catch(() => undefined);
    const report = signal.aborted ? null : await look().catch(() => null);
    if (report !== null) reports.push(report);
  }
  return reports;
}

/** How a server of this kind behaves: the subject is either its latency or its noise. */
function behaviorOf(kind: Kind): Pick<ServerConfig, "latency" | "noise"> {
  const [subject, name] = kind.split(":");
  if (subject === "latency") return { latency: name as LatencyKind };
  return { latency: QUIET_LATENCY, noise: name as NoiseKind };
}

/** What a person who looks at every report has seen. @param looks the last one is that of the end */
function summaryOfLooks(
  looks: readonly SeenReport[],
): Omit<RunResult, keyof PlannedRun | "sent" | "failedRequests" | "seconds" | "machineLoad"> {
  const last = looks.at(-1) as SeenReport;
  const failing = looks.find(({ verdict }) => verdict === "fail");
  const { ratio } = last.latency;
  return {
    verdict: failing === undefined ? last.verdict : "fail",
    looks: looks.length,
    failedAt: failing?.accounting.compared ?? null,
    findings: findingsOf(failing ?? last),
    reasons: (failing ?? last).reasons,
    placeboFailed: last.placebo === null ? null : looks.some(({ placebo }) => placebo?.verdict === "fail"),
    ratio: ratio === null ? null : [ratio.estimate, ratio.low, ratio.high],
    compared: last.accounting.compared,
  };
}
