import { LATENCY_WORLDS, latencyShares } from "./latency.ts";
import { count, requests, share, type SimulationOptions, type Table } from "./table.ts";

/** How the latency gate fails and passes, and whether its interval holds the truth. */
export function latencyTables({ runs, seed }: SimulationOptions): readonly Table[] {
  return [
    {
      title: `Latency against the default gate, ${runs(200)} runs, checked every 100 requests, and every 500 from 2,000 on`,
      head: ["servers", "requests", "failed once", "failed", "passed", "interval covers", "median requests to a fail"],
      rows: Object.entries(LATENCY_WORLDS).map(([name, world]) => {
        const shares = latencyShares(world, runs(200), seed);
        const key = `latency ${name}`;
        return [
          name,
          count(world.requests),
          share(`${key}: failed once`, shares.failed),
          share(`${key}: failed`, shares.failedAtEnd),
          share(`${key}: passed`, shares.passedAtEnd),
          shares.covered === null ? "–" : share(`${key}: covered`, shares.covered),
          requests(`${key}: found`, shares.found),
        ];
      }),
    },
  ];
}
