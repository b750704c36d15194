/**
 * Identical servers behind the real program: how often does the report fail them? And faults planted into one of them: after how
 * many requests are they found? Bounded, and meant for machines under load too.
 *   npm run aa -- [--runs 100] [--only latency:gc,noise:uuid] [--mode secondary,self-check,neither] [--pacing paced,closed]
 *     [--seed 1] [--jobs 1] [--requests 1500] [--seconds 10] [--gate-parity 0.995] [--json FILE] [--target DIR]
 *   npm run aa -- --planted [--only late] [--seed 1] [--json FILE] [--target DIR]
 * `--json` appends one line per run; runs that are in the file are not run again. `--target` runs the program of another checkout.
 * Exits with 1 if a goal is missed.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { chosen } from "../bench/settings.ts";
import { runTwins, type RunResult, type RunSize } from "./one-run.ts";
import { plantedRow, runPlanted, type PlantedResult } from "./planted-runs.ts";
import { SCENARIOS } from "./planted-scenarios.ts";
import { KINDS, keyOf, planRuns, type PlannedRun } from "./run-plan.ts";
import { kindTable, markdownTable, missedGoals, summaryTable } from "./run-summary.ts";
import { MODES } from "./target-program.ts";
import { PACINGS } from "./traffic.ts";

/** Requests per second of paced traffic: about a tenth of what a loaded core serves. */
const RATE = 150;
/** Back to back, requests are bounded by time; this bounds them on a fast machine. */
const CLOSED_REQUESTS = 6_000;
/** To start the processes, to let the last responses arrive, and to stop. */
const OVERHEAD_SECONDS = 4;
/** A run occupies about this many cores: the program, three servers, and the clients. */
const CORES_PER_RUN = 3;

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "100" },
    only: { type: "string" },
    mode: { type: "string" },
    pacing: { type: "string" },
    seed: { type: "string", default: "1" },
    jobs: { type: "string", default: String(Math.max(1, Math.floor(availableParallelism() / CORES_PER_RUN))) },
    requests: { type: "string", default: "1500" },
    seconds: { type: "string", default: "10" },
    // What 1,500 requests can pass; a falsely accused field differs more often.
    "gate-parity": { type: "string", default: "0.995" },
    json: { type: "string" },
    target: { type: "string", default: join(import.meta.dirname, "../..") },
    planted: { type: "boolean", default: false },
  },
});

function numberOf(flag: "runs" | "seed" | "jobs" | "requests" | "seconds" | "gate-parity"): number {
  const number = Number(values[flag]);
  if (!(number > 0)) throw new Error(`--${flag}: a number above 0, not "${values[flag]}"`);
  return number;
}

const target = resolve(values.target);
const seed = numberOf("seed");
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());

function linesOf<Line>(): Line[] {
  if (values.json === undefined || !existsSync(values.json)) return [];
  const lines = readFileSync(values.json, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Line);
}

function record(line: RunResult | PlantedResult): void {
  if (values.json !== undefined) appendFileSync(values.json, `${JSON.stringify(line)}\n`);
}

async function compareTwins(): Promise<boolean> {
  const choice = {
    kinds: chosen("only", values.only, KINDS),
    modes: chosen("mode", values.mode, MODES),
    pacings: chosen("pacing", values.pacing, PACINGS),
  };
  const plan = planRuns(choice, numberOf("runs"), seed);
  const done = new Map(linesOf<RunResult>().map((result) => [keyOf(result), result]));
  const left = plan.filter((planned) => !done.has(keyOf(planned)));
  const size = { rate: RATE, seconds: numberOf("seconds"), gateParity: numberOf("gate-parity") };
  const jobs = Math.min(numberOf("jobs"), left.length);
  const minutes = Math.ceil((left.length * (size.seconds + OVERHEAD_SECONDS)) / 60 / Math.max(1, jobs));
  console.log(`${left.length} of ${plan.length} runs, ${jobs} at a time: about ${minutes} minutes. Seed ${seed}.\n`);

  const results = plan.flatMap((planned) => done.get(keyOf(planned)) ?? []);
  const queue = left[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (const planned of queue) {
      const result = await runTwins(planned, sizeOf(planned, size), target, interrupted.signal);
      if (interrupted.signal.aborted) return;
      record(result);
      results.push(result);
      console.log(lineOf(result, results.length, plan.length));
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));

  console.log(`\n${summaryTable(results)}\n\n${kindTable(results)}\n`);
  const missed = missedGoals(results);
  console.log(missed.length === 0 ? "The goals hold." : missed.join("\n"));
  return missed.length === 0 && results.length === plan.length;
}

function sizeOf({ pacing }: PlannedRun, size: Omit<RunSize, "requests">): RunSize {
  return { ...size, requests: pacing === "paced" ? numberOf("requests") : CLOSED_REQUESTS };
}

function lineOf(result: RunResult, number: number, of: number): string {
  const { kind, mode, pacing, verdict, compared, seconds, findings, failedAt, machineLoad } = result;
  const why = findings.length === 0 ? "" : `  at ${failedAt}: ${findings.slice(0, 3).join(", ")}`;
  const place = `${number}/${of}`.padStart(9);
  return `${place}  ${kind.padEnd(22)} ${mode.padEnd(10)} ${pacing.padEnd(6)} ${verdict.padEnd(12)} ${compared} compared, ${seconds} s, load ${machineLoad}${why}`;
}

async function findPlanted(): Promise<boolean> {
  const { only = "" } = values;
  const scenarios = SCENARIOS.filter(({ name }) => name.includes(only));
  if (scenarios.length === 0) throw new Error(`--only: a part of ${SCENARIOS.map(({ name }) => name).join("; ")}`);
  const done = new Map(linesOf<PlantedResult>().map((result) => [`${result.name} ${result.seed}`, result]));
  const results: PlantedResult[] = [];
  for (const scenario of scenarios) {
    const known = done.get(`${scenario.name} ${seed}`);
    const result = known ?? (await runPlanted(scenario, seed, target, interrupted.signal));
    if (interrupted.signal.aborted) break;
    if (known === undefined) record(result);
    results.push(result);
    console.log(plantedRow(result).join("  "));
  }
  const head = ["planted", "found after requests", "compared", "verdict", "findings"];
  console.log(`\n${markdownTable(head, results.map(plantedRow))}`);
  return results.length === scenarios.length && results.every(({ isFound }) => isFound);
}

process.exitCode = (await (values.planted ? findPlanted() : compareTwins())) ? 0 : 1;
