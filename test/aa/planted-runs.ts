import { setTimeout as delay } from "node:timers/promises";
import { randomFor } from "../simulate/random.ts";
import { pathsOf } from "./one-run.ts";
import type { Scenario } from "./planted-scenarios.ts";
import { findingsOf, type SeenReport } from "./seen-report.ts";
import { startRehearsal, type Rehearsal } from "./target-program.ts";
import { sendTraffic } from "./traffic.ts";

export interface PlantedResult {
  readonly name: string;
  readonly seed: number;
  readonly isFound: boolean;
  /** Compared exchanges at the first look that found the fault, without the good ones before it. */
  readonly after: number | null;
  readonly compared: number;
  readonly verdict: SeenReport["verdict"];
  /** Of the look that found the fault, or of the end. */
  readonly findings: readonly string[];
  readonly reasons: readonly string[];
}

const LOOK_EVERY_MS = 500;
/** No scenario takes longer, on any machine. */
const LONGEST_MS = 150_000;
const CLIENTS = 6;

/** Runs one scenario with a secondary until its fault is found, or its traffic ends. */
export async function runPlanted(
  scenario: Scenario,
  seed: number,
  target: string,
  signal: AbortSignal,
): Promise<PlantedResult> {
  const { server, fault, everywhere, name } = scenario;
  const rehearsal = await startRehearsal({
    target,
    mode: "secondary",
    selfCheck: 0,
    primary: { ...server, seed, role: "primary", ...(everywhere === undefined ? {} : { fault }) },
    candidate: { ...server, seed, role: "candidate", ...(scenario.good === undefined ? { fault } : {}) },
    args: scenario.args ?? [],
  });
  try {
    const random = randomFor(seed, name);
    const { finding, good, afterReview } = scenario;
    let goodCompared = 0;
    if (good !== undefined) {
      const report = await sendUntil(rehearsal, { ...scenario, ...good }, random, () => false, signal);
      goodCompared = report.accounting.compared;
      rehearsal.breakCandidate(fault);
    }
    if (afterReview !== undefined) {
      await sendUntil(rehearsal, scenario, random, () => false, signal);
      await acceptEverything(rehearsal);
      rehearsal.breakCandidate(afterReview);
    }
    const isFound = (report: SeenReport): boolean =>
      report.verdict === "fail" && finding !== null && findingsOf(report).some((found) => finding.test(found));
    const last = await sendUntil(rehearsal, scenario, random, isFound, signal);
    const found = finding === null ? last.verdict === "inconclusive" : isFound(last);
    const { compared } = last.accounting;
    return {
      name,
      seed,
      isFound: found,
      after: found && finding !== null ? compared - goodCompared : null,
      compared,
      verdict: last.verdict,
      findings: findingsOf(last),
      reasons: last.reasons,
    };
  } finally {
    await rehearsal.stop();
  }
}

/** Sends the traffic of a scenario until a look finds the fault. @returns the look that did, or the report at the end */
async function sendUntil(
  rehearsal: Rehearsal,
  { pacing, requests, rate, pathOf }: Scenario,
  random: () => number,
  isFound: (report: SeenReport) => boolean,
  signal: AbortSignal,
): Promise<SeenReport> {
  const { received } = (await rehearsal.report()).accounting;
  const ended = new AbortController();
  const traffic = {
    pacing,
    requests,
    rate,
    clients: CLIENTS,
    milliseconds: LONGEST_MS,
    pathOf: pathOf === undefined ? pathsOf(random) : () => pathOf(random),
    random,
  };
  const sending = sendTraffic(rehearsal.proxy, { ...traffic, signal: AbortSignal.any([signal, ended.signal]) });
  for (;;) {
    const result = await Promise.race([sending, delay(LOOK_EVERY_MS, null)]);
    if (result !== null) return rehearsal.reportAtRest(received + result.sent);
    const look = await rehearsal.report();
    if (!isFound(look)) continue;
    ended.abort();
    await sending;
    return look;
  }
}

/** Accepts every cause of the current run, and begins another. @throws if the run still fails */
async function acceptEverything(rehearsal: Rehearsal): Promise<void> {
  const { endpoints } = await rehearsal.report();
  for (const { signature } of endpoints.flatMap(({ causes }) => causes)) {
    const review = { decision: "accepted", reason: "planned" };
    await rehearsal.call("PUT", `/api/v1/reviews/${encodeURIComponent(signature)}`, review);
  }
  const { verdict, reasons } = await rehearsal.report();
  if (verdict === "fail") throw new Error(`the run fails although all causes are accepted: ${reasons.join("; ")}`);
  await rehearsal.call("POST", "/api/v1/runs", { name: "after the review" });
}

/** What was planted, whether it was found, and after how many requests. */
export function plantedRow({ name, isFound, after, compared, verdict, findings }: PlantedResult): readonly string[] {
  const found = isFound
    ? after === null
      ? "inconclusive, as it must be"
      : after.toLocaleString("en-US")
    : "not found";
  return [name, found, compared.toLocaleString("en-US"), verdict, findings.slice(0, 3).join(", ")];
}
