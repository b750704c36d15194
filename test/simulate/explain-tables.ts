import { falseShares, foundShares, type Dependence } from "./explain.ts";
import { count, percent, share, type SimulationOptions, type Table } from "./table.ts";

const EXCHANGES = 5000;
const ATTRIBUTES = [10, 100, 1_000];
const SHARES = [0.02, 0.2];
const WORLDS: readonly { readonly name: string; readonly dependence: Dependence; readonly burst: number }[] = [
  { name: "independent", dependence: "none", burst: 1 },
  { name: "independent, the cause in bursts of 20", dependence: "none", burst: 20 },
  { name: "of 40 clients", dependence: "clients", burst: 1 },
  { name: "of 40 clients, 20 requests in a row", dependence: "sessions", burst: 1 },
  { name: "of 40 clients, 20 requests in a row, the cause in bursts of 20", dependence: "sessions", burst: 20 },
  { name: "of clients that change over time, as does the cause", dependence: "drift", burst: 1 },
];
const PREVALENCES = [0.01, 0.1, 0.5];
const EFFECTS = [1, 0.3, 0.1];

/** How often causes without a reason are explained, and how often a reason is found. */
export function explainTables(options: SimulationOptions): readonly Table[] {
  return [falseTable(options), burstTable(options), powerTable(options)];
}

function falseTable({ runs, seed }: SimulationOptions): Table {
  const runsOf = (attributes: number): number => runs(attributes > 100 ? 30 : 100);
  return {
    title: `Explanations of a cause without a reason, ${runs(100)} runs of 5,000 exchanges (${runs(30)} with 1,000 attributes): share of runs that name a condition`,
    head: [
      "attributes",
      ...ATTRIBUTES.flatMap((attributes) => SHARES.map((own) => `${count(attributes)}, cause in ${percent(own)}`)),
    ],
    rows: WORLDS.map(({ name, dependence, burst }) => [
      name,
      ...ATTRIBUTES.flatMap((attributes) =>
        SHARES.map((own) => {
          const world = { exchanges: EXCHANGES, attributes, dependence, share: own, burst, reason: null };
          const key = `explain ${name} attributes ${attributes} share ${own}`;
          return share(key, falseShares(world, runsOf(attributes), seed).condition);
        }),
      ),
    ]),
  };
}

function burstTable({ runs, seed }: SimulationOptions): Table {
  const worlds = [
    { exchanges: 500, share: 0.1, burst: 20 },
    { exchanges: 1_000, share: 0.05, burst: 20 },
    { exchanges: 1_000, share: 0.05, burst: 50 },
    { exchanges: 5_000, share: 0.02, burst: 5 },
    { exchanges: 5_000, share: 0.02, burst: 100 },
  ];
  return {
    title: `The same with few bursts and 100 attributes of clients that send 20 requests in a row, ${runs(100)} runs: share of runs that name a condition, or a condition or moment`,
    head: ["exchanges", "cause", "burst", "condition", "condition or moment"],
    rows: worlds.map((own) => {
      const world = { ...own, attributes: 100, dependence: "sessions", reason: null } as const;
      const shares = falseShares(world, runs(100), seed);
      const key = `explain bursts ${own.exchanges} ${own.burst}`;
      return [
        count(own.exchanges),
        percent(own.share),
        count(own.burst),
        share(`${key} condition`, shares.condition),
        share(`${key} any`, shares.any),
      ];
    }),
  };
}

function powerTable({ runs, seed }: SimulationOptions): Table {
  return {
    title: `A cause that depends on one of 100 attributes, ${runs(50)} runs of 5,000 exchanges of 40 clients: share of runs whose first sentence names exactly the reason`,
    head: ["exchanges that meet it", "of those differ", "others differ: 0%", "1%", "5%", "further findings per run"],
    rows: PREVALENCES.flatMap((prevalence) =>
      EFFECTS.map((effect) => {
        const found = [0, 0.01, 0.05].map((own) => {
          const world = { exchanges: EXCHANGES, attributes: 100, dependence: "clients", share: own, burst: 1 } as const;
          return foundShares({ ...world, reason: { prevalence, effect } }, runs(50), seed);
        });
        const key = `explain reason ${prevalence} effect ${effect}`;
        return [
          percent(prevalence),
          percent(effect),
          ...found.map(({ named }, at) => share(`${key} named ${at}`, named)),
          String(Number((found.reduce((sum, { others }) => sum + others, 0) / found.length).toFixed(2))),
        ];
      }),
    ),
  };
}
