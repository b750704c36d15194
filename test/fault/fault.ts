/**
 * Measures the primary path during a failure, in turns with a healthy candidate in the same process, so that a noisy machine
 * affects both equally: trust the differences, not the times.
 *   npm run fault -- [--turns 3] [--seconds 2] [--only hangs-in-body]
 */
import { parseArgs } from "node:util";
import type { LoadResponse } from "../integration/load.ts";
import { FAULTS } from "./faults.ts";
import { figuresOf, startFaultSuite, type Figures } from "./suite.ts";

const WARM_UP_MS = 3_000;
/** The goal for p99 on top of a healthy candidate. */
const GOAL_MS = 2;
const GOAL_SHARE = 0.1;

const { values } = parseArgs({
  options: {
    turns: { type: "string", default: "3" },
    seconds: { type: "string", default: "2" },
    only: { type: "string" },
  },
});
const [turns, ms] = [Number(values.turns), Number(values.seconds) * 1_000];
const faults = FAULTS.filter(({ name }) => values.only === undefined || name === values.only);
if (!(ms > 0 && turns >= 1)) throw new Error("--turns and --seconds: numbers above 0");
if (faults.length === 0) throw new Error(`--only: one of ${FAULTS.map(({ name }) => name).join(", ")}`);

const suite = await startFaultSuite();
try {
  await suite.healthy(WARM_UP_MS);
  console.log("fault               requests  changed  errors    p50 ms    p99 ms  healthy p99   added  goal   RSS MB");
  let harmed = 0;
  for (const fault of faults) {
    const [healthy, faulty]: [LoadResponse[], LoadResponse[]] = [[], []];
    for (let turn = 0; turn < turns; turn += 1) {
      healthy.push(...(await suite.healthy(ms)));
      faulty.push(...(await suite.inject(fault, ms)));
    }
    const all = figuresOf([...healthy, ...faulty]);
    harmed += all.changed + all.errors;
    console.log(lineOf(fault.name, figuresOf(healthy), figuresOf(faulty), suite.memoryMb()));
  }
  const problems = await suite.accounting();
  console.log(
    `\n${harmed} changed or failed responses; accounting: ${problems.length === 0 ? "exact" : problems.join("; ")}`,
  );
  process.exitCode = harmed === 0 && problems.length === 0 ? 0 : 1;
} finally {
  await suite.stop();
}

function lineOf(
  name: string,
  healthy: Figures,
  { requests, changed, errors, p50, p99 }: Figures,
  memoryMb: number,
): string {
  const added = p99 - healthy.p99;
  const goal = Math.max(GOAL_MS, healthy.p99 * GOAL_SHARE);
  return [
    name.padEnd(18),
    String(requests).padStart(10),
    String(changed).padStart(9),
    String(errors).padStart(8),
    ...[p50, p99].map((time) => time.toFixed(2).padStart(10)),
    healthy.p99.toFixed(2).padStart(13),
    added.toFixed(2).padStart(8),
    (added <= goal ? "met" : "over").padStart(6),
    String(memoryMb).padStart(9),
  ].join("");
}
