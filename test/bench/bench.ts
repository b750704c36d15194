/**
 * Measures the cost of shadowdiff and of other proxies, in turns within one run (A B C, A B C, …), so that a noisy machine
 * affects all of them equally. Trust the ratios.
 *   npm run bench -- [--suite goals] [--machine quiet,hogs,…] [--shape get-1k,service,…] [--only nginx-mirror,…]
 *     [--base nginx-mirror] [--turns 5] [--seconds 5] [--warm-up 3] [--rates 1000,3000 (0: none)] [--connections 64]
 *     [--against DIRECTORY] [--out FILE]
 * `--suite` chooses machines, shapes, contenders and rates. `--against` adds another checkout's shadowdiff to the turns, for
 * example the tree before a change.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findTool, installCommand } from "../tools/require-tool.ts";
import { contendersFor, isInstalled } from "./contenders.ts";
import { machineSpeed, rateTable, saturationTable, type Figures, type Turn } from "./figures.ts";
import { goalsTable, shown } from "./goals.ts";
import { writeResults } from "./machine.ts";
import { findHaproxy, HAPROXY_MISSING } from "./proxies.ts";
import { proxyGoals } from "./proxy-goals.ts";
import { chosen, readNumbers } from "./settings.ts";
import { SHAPE_NAMES, SHAPES } from "./shapes.ts";
import { findTaskset, MACHINE_NAMES, onMachine, TASKSET_MISSING } from "./simulated-machine.ts";
import { goalsSuite, plansOf, type Part } from "./suite.ts";
import { takeTurn } from "./turn.ts";
import { upstreamOf } from "./upstream.ts";

interface Settings {
  readonly parts: readonly Part[];
  readonly base: string;
  readonly turns: number;
  readonly seconds: number;
  readonly "warm-up": number;
  readonly connections: number;
  readonly out: string | undefined;
}

/** The turns of each contender of a part. */
interface Result {
  readonly part: Part;
  readonly figures: readonly (Figures & { readonly turns: Turn[] })[];
}

function readSettings(): Settings {
  const flags = ["suite", "machine", "shape", "only", "base", "rates", "against", "out"];
  const { numbers, texts } = readNumbers({ turns: 5, seconds: 5, "warm-up": 3, connections: 64 }, flags);
  const [suite] = texts["suite"] === undefined ? [] : chosen("suite", texts["suite"], ["goals"]);
  const parts = suite === "goals" ? goalsSuite() : readParts(texts);
  return { ...numbers, parts, base: texts["base"] ?? "nginx-mirror", out: texts["out"] };
}

function readParts(texts: Readonly<Record<string, string | undefined>>): readonly Part[] {
  const machines = chosen("machine", texts["machine"] ?? "quiet", MACHINE_NAMES);
  const shapes = chosen("shape", texts["shape"], SHAPE_NAMES);
  const all = shapes.flatMap((shape) => contendersFor(shape, texts["against"]).filter(isInstalled));
  const names = chosen("only", texts["only"], [...new Set(all.map(({ name }) => name))]);
  const rates = (texts["rates"] ?? "1000,3000").split(",").map(Number);
  if (rates.some((rate) => !Number.isFinite(rate))) throw new Error("--rates: requests per second, as 1000,3000, or 0");
  return machines.flatMap((machine) =>
    shapes.map((shape) => ({
      machine,
      shape,
      plans: plansOf(shape, names, texts["against"]),
      rates: rates.filter((rate) => rate > 0),
    })),
  );
}

/** Runs one turn of each contender. */
async function runPart(
  { part, figures }: Result,
  number: number,
  settings: Settings,
  directory: string,
): Promise<void> {
  const { machine, shape, rated } = part;
  const { seconds, connections, "warm-up": warmUp } = settings;
  await onMachine(machine, async () => {
    const upstream = await upstreamOf(SHAPES[shape]);
    try {
      for (const [index, plan] of part.plans.entries()) {
        const rates = rated === undefined || rated.includes(plan.name) ? part.rates : [];
        const { body } = SHAPES[shape];
        const turn = await takeTurn(plan, upstream, { seconds, warmUp, connections, rates, body, directory });
        figures[index]?.turns.push(turn);
        const summary = `${shown(turn.perSecond ?? Number.NaN)} requests/s, ${shown(turn.cpuUs ?? Number.NaN)} CPU µs`;
        console.log(`${machine} ${shape}  turn ${number}  ${plan.name}: ${summary}`);
      }
    } finally {
      await upstream.stop();
    }
  });
}

function print({ part, figures }: Result, { base, seconds, connections }: Settings): void {
  const { machine, shape, rates } = part;
  const turns = Math.max(...figures.map((one) => one.turns.length));
  const title = `${turns} turns of ${seconds} s, ${connections} connections, medians`;
  const baseFigures = figures.find(({ name }) => name === base) ?? figures[0];
  if (baseFigures === undefined) return;
  const speed = machineSpeed(figures);
  console.log(`\n${machine}: ${shape} at saturation: ${title}; base: ${baseFigures.name}\n${speed}`);
  console.log(saturationTable(figures, baseFigures));
  for (const rate of rates) {
    console.log(`\n${machine}: ${shape} at ${rate} requests/s: ${title}\n${speed}\n${rateTable(figures, rate)}`);
  }
}

async function bench(settings: Settings): Promise<void> {
  const { parts, turns, out, ...others } = settings;
  const directory = mkdtempSync(join(tmpdir(), "bench-load-"));
  const results = parts.map((part) => ({
    part,
    figures: part.plans.map(({ name }) => ({ name, turns: [] as Turn[] })),
  }));
  try {
    for (let number = 1; number <= turns; number += 1) {
      for (const result of results) {
        if (result.part.isEveryOther === true && number % 2 === 0) continue;
        await runPart(result, number, settings, directory);
      }
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  for (const result of results) print(result, settings);
  const goals = MACHINE_NAMES.flatMap((machine) => {
    const own = results.filter(({ part }) => part.machine === machine);
    if (own.length === 0) return [];
    const judged = proxyGoals(
      own.map(({ part: { shape }, figures }) => ({ shape, figures })),
      machine === "quiet",
    );
    const small = own.find(({ part }) => part.shape === "get-1k") ?? own[0];
    console.log(`\n${machine}: goals\n${machineSpeed(small?.figures ?? [])}\n${goalsTable(judged)}`);
    return [{ machine, goals: judged }];
  });
  const figures = results.map(({ part: { machine, shape, rates }, figures }) => ({ machine, shape, rates, figures }));
  writeResults(out, { settings: { turns, ...others }, figures, goals });
}

/** Returns what this run needs but does not find. */
function missing({ parts }: Settings): string[] {
  const takesPart = (name: string): boolean => parts.some(({ plans }) => plans.some((plan) => plan.name === name));
  const usesHttp2 = parts.some(({ shape, rates }) => rates.length > 0 || SHAPES[shape].protocol !== "http1");
  const names = ["wrk" as const, "nginx" as const, ...(usesHttp2 ? ["h2load" as const] : [])];
  const tools = names.filter((name) => findTool(name) === undefined);
  const simulates = parts.some(({ machine }) => machine !== "quiet");
  return [
    ...(process.platform === "linux" ? [] : ["The benchmark reads /proc: it needs Linux."]),
    ...(tools.length === 0 ? [] : [`The benchmark needs ${tools.join(", ")}: run ${installCommand(tools)}`]),
    ...(takesPart("haproxy") && findHaproxy() === undefined ? [HAPROXY_MISSING] : []),
    ...(simulates && findTaskset() === undefined ? [TASKSET_MISSING] : []),
  ];
}

const settings = readSettings();
const problems = missing(settings);
if (problems.length === 0) {
  await bench(settings);
} else {
  console.error(problems.join("\n"));
  process.exitCode = 1;
}
