import { byTenth, sampledRun, type SampledRun, type SamplingMode, type SamplingWorld } from "./sampling.ts";
import { count, percent, type SimulationOptions, type Table } from "./table.ts";

const TRAFFIC = { endpoints: 200, perSecond: 20_000, budget: 200, unchanged: 0 } as const;
/** Every tenth endpoint differs in 5% of its responses. */
const STRICT = { ...TRAFFIC, parity: 0.999, changed: 0.05, hours: 8 } as const;
/** Seconds between two checks, and between two plans; in production, a plan is renewed every five seconds. */
const STEP_SECONDS: Readonly<Record<SamplingMode, number>> = { uniform: 120, verdict: 20 };
/** Every response differs as often as the gate just allows, except every tenth endpoint, which does three times as often. */
const AT_THE_LIMIT: SamplingWorld = {
  endpoints: 20,
  perSecond: 2_000,
  budget: 20,
  parity: 0.99,
  unchanged: 0.01,
  changed: 0.03,
  stepSeconds: 10,
  hours: 0.5,
};
const MODES: readonly SamplingMode[] = ["uniform", "verdict"];

/** Sampling by verdict beside uniform sampling with the same budget. */
export function samplingTables({ runs, seed }: SimulationOptions): readonly Table[] {
  return [timeTable(runs(1), seed), errorTable(runs(10), seed)];
}

function simulate(world: SamplingWorld, mode: SamplingMode, runs: number, seed: number): readonly SampledRun[] {
  return Array.from({ length: runs }, (_, run) => sampledRun(world, mode, seed + run));
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function timeTable(runs: number, seed: number): Table {
  const [uniform = [], verdict = []] = MODES.map((mode) =>
    byTenth(simulate({ ...STRICT, stepSeconds: STEP_SECONDS[mode] }, mode, runs, seed)),
  );
  return {
    title:
      `Sampling by verdict, ${runs === 1 ? "one run" : `${runs} runs`} over 200 endpoints with Zipf traffic at 20,000/s, a budget of 200/s, and a gate of 99.9%; ` +
      "every tenth endpoint differs in 5% of its responses: mean hours until an endpoint passes or fails",
    head: ["endpoints by traffic", "uniform", "by verdict", "sooner"],
    rows: uniform.map((own, tenth) => [
      tenth === 0 ? "the most frequent tenth" : tenth === 9 ? "the rarest tenth" : `tenth ${tenth + 1}`,
      rounded(own),
      rounded(verdict[tenth] ?? 0),
      `${rounded(own / (verdict[tenth] ?? 1))} ×`,
    ]),
  };
}

function errorTable(runs: number, seed: number): Table {
  return {
    title:
      `Sampling by verdict, ${runs} runs of half an hour over 20 endpoints with Zipf traffic at 2,000/s, a budget of 20/s, and a gate of 99%; ` +
      "nine tenths of the endpoints differ in exactly 1% of their responses, every tenth in 3%, checked every 10 s",
    head: [
      "sampling",
      "endpoints at the limit that failed once",
      "changed ones that passed once",
      "changed ones that failed",
      "differing in all traffic, estimated",
      "truth",
      "mirrored/s",
    ],
    rows: MODES.map((mode) => {
      const all = simulate(AT_THE_LIMIT, mode, runs, seed);
      const mean = (of: (run: SampledRun) => number): number => all.reduce((sum, run) => sum + of(run), 0) / all.length;
      return [
        mode === "uniform" ? "uniform" : "by verdict",
        percent(mean(({ falselyFailed }) => falselyFailed) / (0.9 * AT_THE_LIMIT.endpoints)),
        percent(mean(({ missed }) => missed) / (0.1 * AT_THE_LIMIT.endpoints)),
        percent(mean(({ found }) => found) / (0.1 * AT_THE_LIMIT.endpoints)),
        percent(mean(({ differing }) => differing)),
        percent(mean(({ truth }) => truth)),
        count(Math.round(mean((run) => run.mean))),
      ];
    }),
  };
}
