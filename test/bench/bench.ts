/**
 * Measures the cost of shadowdiff and of other proxies, in turns within one run (A B C, A B C, …), so that a noisy machine
 * affects all of them equally. Trust the ratios.
 *   npm run bench -- [--shape get-1k,get-20k,post-2k] [--only direct,nginx-mirror,…] [--base nginx-mirror] [--turns 5]
 *     [--seconds 5] [--rates 1000,3000 (0: none)] [--connections 64] [--against DIRECTORY] [--out FILE]
 * `--against` adds another checkout's shadowdiff to the turns, for example the tree before a change.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findTool, installCommand } from "../tools/require-tool.ts";
import { checkoutPlans, CONTENDERS, findHaproxy, HAPROXY_MISSING, type ContenderPlan } from "./contenders.ts";
import { rateTable, saturationTable, type Figures } from "./figures.ts";
import { goalsTable, shown } from "./goals.ts";
import { writeResults } from "./machine.ts";
import { proxyGoals } from "./proxy-goals.ts";
import { chosen, readNumbers } from "./settings.ts";
import { jsonBody, SHAPE_NAMES, SHAPES, type ShapeName } from "./shapes.ts";
import { takeTurn } from "./turn.ts";
import { startUpstream } from "./upstream.ts";

interface Settings {
  readonly shapes: readonly ShapeName[];
  readonly plans: readonly ContenderPlan[];
  readonly base: string;
  readonly turns: number;
  readonly seconds: number;
  readonly connections: number;
  readonly rates: readonly number[];
  readonly out: string | undefined;
}

function readSettings(): Settings {
  const { numbers, texts } = readNumbers({ turns: 5, seconds: 5, connections: 64 }, [
    "shape",
    "only",
    "base",
    "rates",
    "against",
    "out",
  ]);
  const known = [...CONTENDERS, ...(texts["against"] === undefined ? [] : checkoutPlans(texts["against"]))];
  const names = chosen(
    "only",
    texts["only"],
    known.map(({ name }) => name),
  );
  const base = texts["base"] ?? (names.includes("nginx-mirror") ? "nginx-mirror" : (names[0] ?? ""));
  if (!names.includes(base)) throw new Error(`--base: choose one of the contenders: ${names.join(", ")}`);
  const rates = (texts["rates"] ?? "1000,3000").split(",").map(Number);
  if (rates.some((rate) => !Number.isFinite(rate))) throw new Error("--rates: requests per second, as 1000,3000, or 0");
  return {
    ...numbers,
    shapes: chosen("shape", texts["shape"], SHAPE_NAMES),
    plans: known.filter(({ name }) => names.includes(name)),
    base,
    rates: rates.filter((rate) => rate > 0),
    out: texts["out"],
  };
}

async function benchShape(shape: ShapeName, settings: Settings, directory: string): Promise<readonly Figures[]> {
  const { plans, turns, seconds, connections, rates } = settings;
  const { requestBytes, responseBytes } = SHAPES[shape];
  const body = requestBytes === 0 ? "" : jsonBody(requestBytes, "sent");
  const figures = plans.map(({ name }) => ({ name, turns: [] as Figures["turns"][number][] }));
  const upstream = await startUpstream(responseBytes);
  try {
    for (let number = 1; number <= turns; number += 1) {
      for (const [index, plan] of plans.entries()) {
        const turn = await takeTurn(plan, upstream, { seconds, connections, rates, body, directory });
        figures[index]?.turns.push(turn);
        const summary = `${shown(turn.perSecond ?? Number.NaN)} requests/s, ${shown(turn.cpuUs ?? Number.NaN)} CPU µs`;
        console.log(`${shape}  turn ${number}  ${plan.name}: ${summary}`);
      }
    }
  } finally {
    await upstream.stop();
  }
  return figures;
}

function print(shape: ShapeName, figures: readonly Figures[], { base, turns, seconds, connections, rates }: Settings) {
  const baseFigures = figures.find(({ name }) => name === base) as Figures;
  const title = `${turns} turns of ${seconds} s, ${connections} connections, medians`;
  console.log(`\n${shape} at saturation: ${title}; base: ${base}\n${saturationTable(figures, baseFigures)}`);
  const direct = figures.find(({ name }) => name === "direct");
  for (const rate of rates) {
    console.log(`\n${shape} at ${rate} requests/s: ${title}\n${rateTable(figures, direct, rate)}`);
  }
}

async function bench(settings: Settings): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "bench-load-"));
  const results = new Map<ShapeName, readonly Figures[]>();
  try {
    for (const shape of settings.shapes) results.set(shape, await benchShape(shape, settings, directory));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  for (const [shape, figures] of results) print(shape, figures, settings);
  const find = (shape: ShapeName, name: string) => results.get(shape)?.find((figures) => figures.name === name);
  const goals = proxyGoals(find, settings.rates);
  console.log(`\n${goalsTable(goals)}`);
  const { plans, out, ...numbers } = settings;
  const contenders = plans.map(({ name }) => name);
  writeResults(out, { settings: { ...numbers, contenders }, shapes: Object.fromEntries(results), goals });
}

/** Returns what this run needs but does not find. */
function missing({ plans, rates }: Settings): string[] {
  const takesPart = (name: string): boolean => plans.some((plan) => plan.name.startsWith(name));
  const needsNginx = takesPart("nginx") || plans.some(({ name }) => name.includes("-https"));
  const names = ["wrk" as const, ...(rates.length > 0 ? ["h2load" as const] : [])];
  const tools = [...names, ...(needsNginx ? ["nginx" as const] : [])].filter((name) => findTool(name) === undefined);
  return [
    ...(process.platform === "linux" ? [] : ["The benchmark reads /proc: it needs Linux."]),
    ...(tools.length === 0 ? [] : [`The benchmark needs ${tools.join(", ")}: run ${installCommand(tools)}`]),
    ...(takesPart("haproxy") && findHaproxy() === undefined ? [HAPROXY_MISSING] : []),
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
