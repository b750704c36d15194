import { fieldDelay, fieldShares, manyShares, type FieldWorld, type Rule } from "./fields.ts";
import { count, percent, requests, share, type SimulationOptions, type Table } from "./table.ts";

const NOISES = [0.005, 0.05, 0.3, 0.9];
const REQUESTS = [1000, 5000];
/** Requests a second; the blocks of a store are eighths of a second and longer. */
const RATES = [10, 100, 1000];
const BURSTS = [1, 5, 20, 100];
const RULE_NAMES: Readonly<Record<Rule, string>> = {
  together: "e-BH (shadowdiff)",
  "each alone": "E ≥ 20 for each field alone",
  Diffy: "Diffy",
};

/** How fields are called real: falsely, with bursts, and behind noise. */
export function fieldTables(options: SimulationOptions): readonly Table[] {
  return [
    independentTable(options, [0]),
    independentTable(options, [0.01, 0.05, 0.2]),
    burstTable(options),
    manyTable(options),
    manyBurstsTable(options),
    lateTable(options),
  ];
}

function independentTable({ runs, seed }: SimulationOptions, changes: readonly number[]): Table {
  const isChanged = !changes.includes(0);
  const columns = ["requests", "shadowdiff, every 100", "Diffy, every 100", "Diffy, once at the end"];
  return {
    title: `One field ${isChanged ? "with" : "without"} a change, ${runs(400)} runs: share of runs that call it real`,
    head: ["noise", ...(isChanged ? ["changed"] : []), ...columns],
    rows: NOISES.flatMap((noise) =>
      changes.flatMap((change) =>
        REQUESTS.map((number) => {
          const shares = fieldShares({ noise, change, requests: number }, runs(400), seed);
          return [
            percent(noise),
            ...(isChanged ? [percent(change)] : []),
            count(number),
            share(`field noise ${noise} change ${change} requests ${number}`, shares.ours),
            percent(shares.diffyPeeked),
            percent(shares.diffyOnce),
          ];
        }),
      ),
    ),
  };
}

function burstTable({ runs, seed }: SimulationOptions): Table {
  return {
    title: `One field without a change that differs in 2% of responses, in bursts, ${runs(500)} runs of 5,000 requests: share of runs that call it real`,
    head: ["burst", ...RATES.map((rate) => `${count(rate)} requests/s`)],
    rows: BURSTS.map((burst) => [
      count(burst),
      ...RATES.map((perSecond) => {
        const world = { noise: 0.02, burst, change: 0, requests: 5000, perSecond };
        return share(`burst ${burst} rate ${perSecond}`, fieldShares(world, runs(500), seed).ours);
      }),
    ]),
  };
}

function manyTable({ runs, seed }: SimulationOptions): Table {
  const world = { noise: 0.05, change: 0.1, requests: 2000 };
  return {
    title: `50 fields with 5% noise, ${runs(200)} runs of 2,000 requests, checked every 100 requests`,
    head: [
      "fields changed by 10%",
      "rule",
      "runs with a false field",
      "false share of real fields",
      "changed fields found",
    ],
    rows: [0, 5].flatMap((changed) =>
      Object.entries(manyShares({ ...world, noisy: 50 - changed, changed }, runs(200), seed)).map(([rule, shares]) => {
        const key = `many ${changed} ${rule}`;
        return [
          count(changed),
          RULE_NAMES[rule as Rule],
          share(`${key} false`, shares.everFalse),
          share(`${key} discoveries`, shares.falseDiscoveries),
          changed === 0 ? "–" : share(`${key} found`, shares.found),
        ];
      }),
    ),
  };
}

function manyBurstsTable({ runs, seed }: SimulationOptions): Table {
  return {
    title: `50 fields without a change that differ in 2% of responses, in bursts, ${runs(100)} runs of 5,000 requests: share of runs with a real field`,
    head: ["burst", ...RATES.slice(1).map((rate) => `${count(rate)} requests/s`)],
    rows: [2, 5, 20].map((burst) => [
      count(burst),
      ...RATES.slice(1).map((perSecond) => {
        const world = { noise: 0.02, burst, change: 0, requests: 5000, perSecond, noisy: 50, changed: 0 };
        return share(`many burst ${burst} rate ${perSecond}`, manyShares(world, runs(100), seed).together.everFalse);
      }),
    ]),
  };
}

function lateTable({ runs, seed }: SimulationOptions): Table {
  const row = (world: FieldWorld & { readonly good: number }) => [
    percent(world.change),
    percent(world.noise),
    requests(`late field ${world.change} noise ${world.noise}`, fieldDelay(world, runs(100), seed)),
  ];
  return {
    title: `A field that changes after 20,000 good requests at 100/s, ${runs(100)} runs: median requests until it is real`,
    head: ["changed", "noise", "requests"],
    rows: [
      row({ noise: 0, change: 1, good: 20_000, requests: 26_000 }),
      row({ noise: 0, change: 0.05, good: 20_000, requests: 26_000 }),
      row({ noise: 0.005, change: 0.05, good: 20_000, requests: 26_000 }),
      row({ noise: 0, change: 0.01, good: 20_000, requests: 26_000 }),
    ],
  };
}
