import { measured, ratioOf, spread, type Figures } from "./figures.ts";
import { judge, type Goal, type JudgedGoal } from "./goals.ts";
import type { ShapeName } from "./shapes.ts";

/** Finds the figures of a contender in one shape; undefined when it is missing. */
type Find = (shape: ShapeName, name: string) => Figures | undefined;
type Values = readonly (number | undefined)[];

interface RatioGoal extends Goal {
  readonly above: (find: Find) => Values;
  readonly below: (find: Find) => Values;
}

const BASE = "nginx-mirror";
const SMALL: ShapeName = "get-1k";
const MAX_MB = 250;
/** Dropped comparisons cost nothing, so the other figures are valid only if nearly all requests are compared. */
const LEAST_COMPARED = 0.99;
const MIRRORED: readonly (readonly [ShapeName, string, string])[] = [
  ["get-1k", "shadowdiff-equal", "identical 1 KB"],
  ["get-20k", "shadowdiff-equal", "identical 20 KB"],
  ["get-1k", "shadowdiff-differing", "every 1 KB differs"],
];

/** Checks the figures of `npm run bench` against the goals of shadowdiff. */
export function proxyGoals(find: Find, rates: readonly number[]): readonly JudgedGoal[] {
  const ratios = [...SATURATION, ...rates.flatMap(latencyGoals)].map(({ above, below, ...goal }) => {
    const ratio = ratioOf(above(find), below(find));
    return judge(goal, ratio?.value ?? null, ratio?.range);
  });
  const memory = find(SMALL, "shadowdiff-equal");
  const peak = memory === undefined ? undefined : spread(memory, "peakMb");
  const compared = MIRRORED.map(([shape, contender, name]) => {
    const figures = find(shape, contender);
    const share = figures === undefined ? undefined : spread(figures, "comparedShare");
    const goal: Goal = { name: `mirror, ${name}: share that was compared`, is: "at least", limit: LEAST_COMPARED };
    return judge(goal, share?.median ?? null, share && [share.min, share.max]);
  });
  const goal: Goal = { name: "mirror, 1 KB: peak memory, MB", is: "at most", limit: MAX_MB };
  return [...ratios, ...compared, judge(goal, peak?.max ?? null, peak && [peak.min, peak.max])];
}

const SATURATION: readonly RatioGoal[] = [
  {
    name: "no mirror, 1 KB: CPU ÷ @fastify/http-proxy",
    is: "at most",
    limit: 0.5,
    stretch: 0.35,
    above: of(SMALL, "shadowdiff", "cpuUs"),
    below: of(SMALL, "fastify-http-proxy", "cpuUs"),
  },
  {
    name: "no mirror, 1 KB: CPU ÷ node:http + undici dispatch",
    is: "at most",
    limit: 1,
    stretch: 0.65,
    above: of(SMALL, "shadowdiff", "cpuUs"),
    below: of(SMALL, "undici-dispatch", "cpuUs"),
  },
  {
    name: "mirror, identical 1 KB: CPU ÷ (nginx + mirror)",
    is: "at most",
    limit: 1.1,
    stretch: 0.8,
    above: of(SMALL, "shadowdiff-equal", "cpuUs"),
    below: of(SMALL, BASE, "cpuUs"),
  },
  {
    name: "mirror, identical 1 KB: throughput ÷ (nginx + mirror)",
    is: "at least",
    limit: 1,
    stretch: 1.2,
    above: of(SMALL, "shadowdiff-equal", "perSecond"),
    below: of(SMALL, BASE, "perSecond"),
  },
  {
    name: "mirror, identical 20 KB: CPU ÷ (nginx + mirror)",
    is: "at most",
    limit: 1.4,
    stretch: 1.1,
    above: of("get-20k", "shadowdiff-equal", "cpuUs"),
    below: of("get-20k", BASE, "cpuUs"),
  },
  {
    name: "mirror, every 1 KB differs: proxy thread's CPU ÷ (nginx + mirror)",
    is: "at most",
    limit: 1.1,
    stretch: 1,
    above: of(SMALL, "shadowdiff-differing", "proxyThreadsUs"),
    below: of(SMALL, BASE, "cpuUs"),
  },
  {
    name: "mirror, every 1 KB differs: CPU ÷ (nginx + mirror)",
    is: "at most",
    limit: 2.2,
    stretch: 1.8,
    above: of(SMALL, "shadowdiff-differing", "cpuUs"),
    below: of(SMALL, BASE, "cpuUs"),
  },
  {
    name: "mirror, identical 1 KB over TLS: CPU ÷ (nginx + mirror)",
    is: "at most",
    limit: 1.1,
    stretch: 0.8,
    above: of(SMALL, "shadowdiff-equal-https", "cpuUs"),
    below: of(SMALL, "nginx-mirror-https", "cpuUs"),
  },
  {
    name: "mirror, 1 KB: CPU with two proxy threads ÷ with one",
    is: "at most",
    limit: 1.15,
    above: of(SMALL, "shadowdiff-two-threads", "cpuUs"),
    below: of(SMALL, "shadowdiff-equal", "cpuUs"),
  },
];

function latencyGoals(rate: number): readonly RatioGoal[] {
  const added =
    (name: string, measure: "p50Us" | "p99Us") =>
    (find: Find): Values => {
      const direct = of(SMALL, "direct", `${measure}@${rate}`)(find);
      return of(SMALL, name, `${measure}@${rate}`)(find).map((value, turn) => minus(value, direct[turn]));
    };
  return [
    {
      name: `mirror, identical 1 KB, ${rate}/s: added p50 ÷ nginx + mirror's`,
      is: "at most",
      limit: 1.5,
      stretch: 1.1,
      above: added("shadowdiff-equal", "p50Us"),
      below: added(BASE, "p50Us"),
    },
    {
      name: `mirror, identical 1 KB, ${rate}/s: added p99 ÷ nginx + mirror's`,
      is: "at most",
      limit: 3,
      stretch: 1.5,
      above: added("shadowdiff-equal", "p99Us"),
      below: added(BASE, "p99Us"),
    },
  ];
}

function of(shape: ShapeName, name: string, measure: Parameters<typeof measured>[1]): (find: Find) => Values {
  return (find) => {
    const figures = find(shape, name);
    return figures === undefined ? [] : measured(figures, measure);
  };
}

function minus(value: number | undefined, other: number | undefined): number | undefined {
  return value === undefined || other === undefined ? undefined : value - other;
}
