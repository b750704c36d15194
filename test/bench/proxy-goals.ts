import { measured, ratioOf, spread, type Figures } from "./figures.ts";
import { judge, type Goal, type JudgedGoal } from "./goals.ts";
import { spreadOf, type Spread } from "./statistics.ts";
import type { ShapeName } from "./shapes.ts";

/** Finds the figures of a contender in one shape; undefined when it is missing. */
type Find = (shape: ShapeName, name: string) => Figures | undefined;
type Values = readonly (number | undefined)[];

/** A limit on a quiet machine, and on one that is slower or shared; without a second one, the goal is only for a quiet machine. */
interface Limits {
  readonly quiet: number | null;
  readonly loaded?: number | null;
}

/** Printed without a goal. */
const NO_LIMITS: Limits = { quiet: null, loaded: null };

interface RatioGoal extends Pick<Goal, "name" | "is"> {
  readonly limits: Limits;
  readonly above: (find: Find) => Values;
  readonly below: (find: Find) => Values;
}

interface AddedGoal extends Pick<Goal, "name" | "is"> {
  readonly limitUs: number;
  readonly measure: "p50Us" | "p99Us";
}

const BASE = "nginx-mirror";
const ENVOY = "envoy-mirror";
const EQUAL = "shadowdiff-equal";
const SMALL: ShapeName = "get-1k";
const MAX_MB = 200;
/** Requests per second of the goals of latency. */
export const RATE = 1_000;
/** Requests per second to the Node service, below its saturation on two cores with three roles. */
export const SERVICE_RATE = 500;
/** Dropped comparisons cost nothing, so the other figures are valid only if nearly all requests are compared. */
const LEAST_COMPARED = 0.99;

/** The figures of all contenders in one shape. */
interface ShapeFigures {
  readonly shape: ShapeName;
  readonly figures: readonly Figures[];
}

/** Checks the figures of `npm run bench` on one machine against the goals of shadowdiff. */
export function proxyGoals(shapes: readonly ShapeFigures[], isQuiet: boolean): readonly JudgedGoal[] {
  const find: Find = (shape, name) =>
    shapes.find((one) => one.shape === shape)?.figures.find((figures) => figures.name === name);
  const rows = shapes.flatMap(({ shape, figures }) =>
    figures
      .filter(({ name }) => name.startsWith("shadowdiff") && !name.includes("@"))
      .map((one): Row => ({ name: `${shape} ${one.name}`, figures: one })),
  );
  const ratios = RATIOS.flatMap(({ above, below, limits, ...goal }) => {
    const limit = isQuiet ? limits.quiet : limits.loaded;
    if (limit === undefined) return [];
    const ratio = ratioOf(above(find), below(find));
    if (limit === null && ratio === undefined) return [];
    return [judge({ ...goal, limit }, ratio?.value ?? null, ratio?.range)];
  });
  const added = (isQuiet ? ADDED : []).map(({ measure, limitUs, ...goal }) => {
    const values = addedBy(EQUAL, measure)(find).filter((value) => value !== undefined);
    const us = values.length === 0 ? undefined : spreadOf(values);
    return judge({ ...goal, limit: limitUs }, us?.median ?? null, us && [us.min, us.max]);
  });
  return [...ratios, ...added, comparedGoal(rows), memoryGoal(rows)];
}

/** One contender in one shape. */
interface Row {
  readonly name: string;
  readonly figures: Figures;
}

/** Judges the row of which the smallest share was compared. */
function comparedGoal(rows: readonly Row[]): JudgedGoal {
  const [least] = spreadsOf(rows, "comparedShare").toSorted((one, other) => one.median - other.median);
  const name = `smallest share that was compared${least === undefined ? "" : `: ${least.name}`}`;
  const goal: Goal = { name, is: "at least", limit: LEAST_COMPARED };
  return judge(goal, least?.median ?? null, least && [least.min, least.max]);
}

/** Judges the row with the highest peak in any turn. */
function memoryGoal(rows: readonly Row[]): JudgedGoal {
  const [most] = spreadsOf(rows, "peakMb").toSorted((one, other) => other.max - one.max);
  const name = `highest peak of memory, MB${most === undefined ? "" : `: ${most.name}`}`;
  return judge({ name, is: "at most", limit: MAX_MB }, most?.max ?? null, most && [most.min, most.max]);
}

function spreadsOf(rows: readonly Row[], measure: "comparedShare" | "peakMb"): (Spread & { readonly name: string })[] {
  return rows.flatMap(({ name, figures }) => {
    const own = spread(figures, measure);
    return own === undefined ? [] : [{ name, ...own }];
  });
}

const RATIOS: readonly RatioGoal[] = [
  {
    name: "no mirror, 1 KB: CPU ÷ @fastify/http-proxy",
    is: "at most",
    limits: { quiet: 0.3, loaded: 0.3 },
    above: of(SMALL, "shadowdiff", "cpuUs"),
    below: of(SMALL, "fastify-http-proxy", "cpuUs"),
  },
  {
    name: "mirror, identical 1 KB: CPU ÷ (nginx + mirror)",
    is: "at most",
    limits: { quiet: 0.8, loaded: 1 },
    above: of(SMALL, EQUAL, "cpuUs"),
    below: of(SMALL, BASE, "cpuUs"),
  },
  {
    name: "mirror, identical 1 KB: throughput ÷ (nginx + mirror)",
    is: "at least",
    limits: { quiet: 1.2, loaded: 1 },
    above: of(SMALL, EQUAL, "perSecond"),
    below: of(SMALL, BASE, "perSecond"),
  },
  {
    name: "mirror, POST of 2 KB: CPU ÷ (nginx + mirror)",
    is: "at most",
    limits: { quiet: 0.9, loaded: 1.1 },
    above: of("post-2k", EQUAL, "cpuUs"),
    below: of("post-2k", BASE, "cpuUs"),
  },
  {
    name: "mirror, every 1 KB differs: CPU ÷ (nginx + mirror)",
    is: "at most",
    limits: { quiet: 1.3 },
    above: of(SMALL, "shadowdiff-differing", "cpuUs"),
    below: of(SMALL, BASE, "cpuUs"),
  },
  {
    name: "mirror, identical 1 KB: CPU with a secondary ÷ without",
    is: "at most",
    limits: { quiet: 1.35, loaded: 1.35 },
    above: of(SMALL, "shadowdiff-secondary", "cpuUs"),
    below: of(SMALL, EQUAL, "cpuUs"),
  },
  {
    name: "mirror, identical 1 KB over TLS: CPU ÷ (nginx + mirror)",
    is: "at most",
    limits: { quiet: 1.3, loaded: 1.3 },
    above: of(SMALL, "shadowdiff-equal-https", "cpuUs"),
    below: of(SMALL, "nginx-mirror-https", "cpuUs"),
  },
  {
    name: "no mirror, 1 KB over TLS: CPU ÷ nginx",
    is: "at most",
    limits: NO_LIMITS,
    above: of(SMALL, "shadowdiff-https", "cpuUs"),
    below: of(SMALL, "nginx-https", "cpuUs"),
  },
  {
    name: "mirror, identical 1 KB: CPU ÷ Envoy with a mirror",
    is: "at most",
    limits: NO_LIMITS,
    above: of(SMALL, EQUAL, "cpuUs"),
    below: of(SMALL, ENVOY, "cpuUs"),
  },
  {
    name: "HTTP/2 clients, mirror, identical 1 KB: CPU ÷ (nginx + mirror)",
    is: "at most",
    limits: NO_LIMITS,
    above: of("h2-1k", EQUAL, "cpuUs"),
    below: of("h2-1k", BASE, "cpuUs"),
  },
  {
    name: "HTTP/2 clients, no mirror, 1 KB: CPU ÷ nginx",
    is: "at most",
    limits: NO_LIMITS,
    above: of("h2-1k", "shadowdiff", "cpuUs"),
    below: of("h2-1k", "nginx", "cpuUs"),
  },
  {
    name: "gRPC, mirror: CPU ÷ (nginx + mirror)",
    is: "at most",
    limits: NO_LIMITS,
    above: of("grpc", EQUAL, "cpuUs"),
    below: of("grpc", BASE, "cpuUs"),
  },
  {
    name: "gRPC, mirror: CPU ÷ Envoy with a mirror",
    is: "at most",
    limits: NO_LIMITS,
    above: of("grpc", EQUAL, "cpuUs"),
    below: of("grpc", ENVOY, "cpuUs"),
  },
  {
    name: "gRPC, no mirror: CPU ÷ nginx",
    is: "at most",
    limits: NO_LIMITS,
    above: of("grpc", "shadowdiff", "cpuUs"),
    below: of("grpc", "nginx", "cpuUs"),
  },
  serviceRatio("at saturation, with a secondary", "shadowdiff-secondary", "systemUs"),
  serviceRatio(`${SERVICE_RATE}/s, with a secondary`, "shadowdiff-secondary", `systemUs@${SERVICE_RATE}`),
  serviceRatio(`${SERVICE_RATE}/s, without a mirror`, "shadowdiff", `systemUs@${SERVICE_RATE}`),
  {
    name: `mirror, identical 1 KB, ${RATE}/s: added p99 ÷ that of nginx + mirror`,
    is: "at most",
    limits: { quiet: 1.5 },
    above: addedBy(EQUAL, "p99Us"),
    below: addedBy(BASE, "p99Us"),
  },
];

const ADDED: readonly AddedGoal[] = [
  { name: `mirror, identical 1 KB, ${RATE}/s: added p50, µs`, is: "at most", limitUs: 150, measure: "p50Us" },
  { name: `mirror, identical 1 KB, ${RATE}/s: added p99, µs`, is: "at most", limitUs: 1_000, measure: "p99Us" },
];

/** What users add to a service with shadowdiff: the mirrored requests, too, take its processor time. */
function serviceRatio(load: string, name: string, measure: "systemUs" | `systemUs@${number}`): RatioGoal {
  return {
    name: `Node service, ${load}: CPU of all processes ÷ direct`,
    is: "at most",
    limits: NO_LIMITS,
    above: of("service", name, measure),
    below: of("service", "direct", measure),
  };
}

/** What a contender adds to the latency of direct requests. */
function addedBy(name: string, measure: "p50Us" | "p99Us"): (find: Find) => Values {
  return (find) => {
    const direct = of(SMALL, "direct", `${measure}@${RATE}`)(find);
    return of(SMALL, name, `${measure}@${RATE}`)(find).map((value, turn) => minus(value, direct[turn]));
  };
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
