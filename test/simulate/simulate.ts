import { parseArgs } from "node:util";
import { fieldShares, manyShares } from "./fields.ts";
import { latencyShares } from "./latency.ts";
import { parityShares } from "./parity.ts";
import { runShares } from "./whole-run.ts";

/**
 * Prints false alarms and power of the production code as Markdown tables: `npm run simulate`. `-- --quick` simulates a tenth of
 * the runs, `-- --seed 7` other ones.
 */
const { values } = parseArgs({
  options: { quick: { type: "boolean", default: false }, seed: { type: "string", default: "20261121" } },
});
const seed = Number(values.seed);
const runs = (full: number): number => (values.quick ? Math.ceil(full / 10) : full);

function line(cells: readonly (string | number)[]): string {
  return `| ${cells.join(" | ")} |`;
}

function table(title: string, head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  console.log([`### ${title}`, "", line(head), line(head.map(() => "---:")), ...rows.map(line), ""].join("\n"));
}

const percent = (share: number): string => `${Number((share * 100).toFixed(1))}%`;
const count = (requests: number | null): string => (requests === null ? "–" : requests.toLocaleString("en-US"));

console.log(`Seed ${seed}${values.quick ? ", quick" : ""}.\n`);

const NOISES = [0.005, 0.05, 0.3, 0.9];
const REQUESTS = [1000, 5000];
const fieldRows = (changes: readonly number[]) =>
  NOISES.flatMap((noise) =>
    changes.flatMap((change) =>
      REQUESTS.map((requests) => {
        const { ours, diffyPeeked, diffyOnce } = fieldShares({ noise, change, requests }, runs(1000), seed);
        const world = [percent(noise), ...(change === 0 ? [] : [percent(change)]), count(requests)];
        return [...world, percent(ours), percent(diffyPeeked), percent(diffyOnce)];
      }),
    ),
  );
const columns = ["requests", "shadowdiff, every 100", "Diffy, every 100", "Diffy, once at the end"];
table(
  `One field without a change, ${runs(1000)} runs: share of runs that call it real`,
  ["noise", ...columns],
  fieldRows([0]),
);
table(
  `One field with a change, ${runs(1000)} runs: share of runs that call it real`,
  ["noise", "changed", ...columns],
  fieldRows([0.01, 0.05, 0.2]),
);

const MANY = { noise: 0.05, change: 0.1, requests: 2000 };
table(
  `50 fields with 5% noise, ${runs(200)} runs of 2,000 requests, checked every 100 requests`,
  ["fields changed by 10%", "rule", "runs with a false field", "false share of real fields", "changed fields found"],
  [0, 5].flatMap((changed) =>
    Object.entries(manyShares({ ...MANY, noisy: 50 - changed, changed }, runs(200), seed)).map(([rule, shares]) => [
      changed,
      rule === "together" ? "e-BH (shadowdiff)" : rule === "Diffy" ? rule : "E ≥ 20 for each field alone",
      percent(shares.everFalse),
      percent(shares.falseDiscoveries),
      changed === 0 ? "–" : percent(shares.found),
    ]),
  ),
);

table(
  `Parity against a gate of 99.9%, ${runs(500)} runs of 20,000 requests, checked every 100 requests`,
  [
    "true parity",
    "failed, Wilson",
    "failed, sequence",
    "passed, Wilson",
    "passed, sequence",
    "median requests to the verdict",
  ],
  [0.9999, 0.9995, 0.999, 0.998, 0.995, 0.98].map((parity) => {
    const shares = parityShares({ parity, requests: 20_000 }, runs(500), seed);
    return [
      `${Number((parity * 100).toFixed(2))}%`,
      percent(shares.wilsonFailed),
      percent(shares.failed),
      percent(shares.wilsonPassed),
      percent(shares.passed),
      count(shares.median),
    ];
  }),
);

table(
  `Latency against a gate of 1.1, ${runs(500)} runs, checked every 100 requests`,
  [
    "candidate / primary",
    "requests",
    "interval covers",
    "interval excludes 1",
    "Mann–Whitney finds",
    "failed",
    "passed",
  ],
  [1, 1.05, 1.1, 1.2].flatMap((factor) =>
    [100, 1000].map((requests) => {
      const shares = latencyShares({ factor, requests }, runs(500), seed);
      return [
        factor,
        count(requests),
        percent(shares.covered),
        percent(shares.found),
        percent(shares.mannWhitney),
        percent(shares.failed),
        percent(shares.passed),
      ];
    }),
  ),
);

table(
  `${runs(100)} runs of 10,000 requests over ten endpoints with three noisy fields each, checked every 500 requests`,
  ["changed field", "failed", "passed", "placebo failed", "placebo's false-alarm rate"],
  [0, 0.02, 0.1].map((change) => {
    const shares = runShares({ change, requests: 10_000 }, runs(100), seed);
    const alarms = `${Number((shares.falseAlarmRate * 100).toFixed(2))}%`;
    return [percent(change), percent(shares.failed), percent(shares.passed), percent(shares.placeboFailed), alarms];
  }),
);
