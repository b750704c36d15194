import { LatencyRun, type SimulatedExchange } from "./latency-run.ts";
import { CHECK_EVERY } from "./fields.ts";
import { normals, randomFor } from "./random.ts";

/** Requests differ in cost, and each response scatters: both log-normal, with these standard deviations. */
const COST = 0.5;
const SCATTER = 0.14;
/** How far the speed of a server wanders: the standard deviation of its logarithm. */
const WANDER = 0.15;
const BASE_MS = 20;
/** From this request on, checks are rarer. */
const OFTEN_UNTIL = 2_000;
const RARELY = 500;
/** Between two requests: 100 a second. */
const PACE_MS = 10;
/** A client that waits, and servers that pause, in milliseconds: the mean length of a pause and of the time between pauses. */
const CLOSED_LOOP = { serviceMs: 3, pauseMs: 300, workMs: 700 };

/** What the candidate is, and how the servers behave. */
export interface LatencyWorld {
  /** candidate / primary. */
  readonly factor?: number;
  /** The speed of every server wanders on its own and forgets its past within this number of requests (Ornstein–Uhlenbeck). */
  readonly wanderRequests?: number;
  /** From this request on, the factor applies; before, the candidate is as fast as the primary. */
  readonly breaksAfter?: number;
  /** A share of the candidate's responses takes longer, by a factor and by milliseconds. */
  readonly slowShare?: number;
  readonly slowFactor?: number;
  readonly slowMs?: number;
  /** The client sends a request when it has the response to the last one, and every server pauses at moments of its own. */
  readonly isClosedLoop?: boolean;
  readonly hasSecondary?: boolean;
  readonly requests: number;
}

const SLOW_ONE = { slowShare: 0.01, slowMs: 200 };
const SLOW_TENTH = { slowShare: 0.1, slowFactor: 5 };
const SLOW_MANY = { slowShare: 0.45, slowFactor: 10 };

/** What the tables show. */
export const LATENCY_WORLDS: Readonly<Record<string, LatencyWorld>> = {
  identical: { requests: 1_000 },
  "identical, longer": { requests: 5_000 },
  "identical, with a secondary": { requests: 5_000, hasSecondary: true },
  "identical, speed wanders for 50 requests": { requests: 5_000, wanderRequests: 50 },
  "identical, speed wanders for 250 requests": { requests: 5_000, wanderRequests: 250 },
  "identical, speed wanders for 750 requests": { requests: 5_000, wanderRequests: 750 },
  "identical, speed wanders for 250 requests, with a secondary": {
    requests: 5_000,
    wanderRequests: 250,
    hasSecondary: true,
  },
  "identical, speed wanders for 750 requests, with a secondary": {
    requests: 5_000,
    wanderRequests: 750,
    hasSecondary: true,
  },
  "identical, servers pause, the client waits": { requests: 5_000, isClosedLoop: true },
  "identical, servers pause, the client waits, with a secondary": {
    requests: 5_000,
    isClosedLoop: true,
    hasSecondary: true,
  },
  "candidate 5% slower": { requests: 1_000, factor: 1.05 },
  "candidate 8% slower": { requests: 10_000, factor: 1.08 },
  "candidate 10% slower": { requests: 10_000, factor: 1.1 },
  "candidate 12% slower": { requests: 10_000, factor: 1.12 },
  "candidate 20% slower": { requests: 1_000, factor: 1.2 },
  "candidate 20% slower, with a secondary": { requests: 1_000, factor: 1.2, hasSecondary: true },
  "candidate twice as slow after 20,000 requests": { requests: 21_000, factor: 2, breaksAfter: 20_000 },
  "1% of responses 200 ms slower": { requests: 12_000, ...SLOW_ONE },
  "1% of responses 200 ms slower, with a secondary": { requests: 12_000, ...SLOW_ONE, hasSecondary: true },
  "a tenth of responses 5 times slower": { requests: 3_000, ...SLOW_TENTH },
  "45% of responses 10 times slower": { requests: 3_000, ...SLOW_MANY },
};

/** Shares of runs. */
export interface LatencyShares {
  /** Failed at one check at least. */
  readonly failed: number;
  readonly failedAtEnd: number;
  readonly passedAtEnd: number;
  /** The interval of the ratio after the last request contains the true one; null if that is unknown. */
  readonly covered: number | null;
  /** Median number of requests to the first fail, counted from the break where there is one; null if half of the runs do not fail. */
  readonly found: number | null;
}

/** Checks the verdict of the production code after every 100 requests, and in the middle of long runs after every 500. */
export function latencyShares(world: LatencyWorld, runs: number, seed: number): LatencyShares {
  const random = randomFor(seed, `latency ${JSON.stringify(world)}`);
  const truth = medianFactor(world);
  let [failed, failedAtEnd, passedAtEnd, covered] = [0, 0, 0, 0];
  const found: number[] = [];
  for (let run = 0; run < runs; run++) {
    const judged = new LatencyRun();
    let first = Number.POSITIVE_INFINITY;
    let count = 0;
    for (const exchange of exchangesOf(world, random)) {
      judged.count(exchange);
      count += 1;
      if (!isChecked(count, world)) continue;
      const { judgment, report } = judged.judge();
      if (judgment?.verdict === "fail") first = Math.min(first, count);
      if (count < world.requests) continue;
      failedAtEnd += Number(judgment?.verdict === "fail");
      passedAtEnd += Number(judgment?.verdict === "pass");
      const { low, high } = report.ratio ?? { low: Number.NaN, high: Number.NaN };
      covered += Number(truth !== null && low <= truth && truth <= high);
    }
    failed += Number(Number.isFinite(first));
    found.push(first - (world.breaksAfter ?? 0));
  }
  const median = found.toSorted((a, b) => a - b)[Math.floor(runs / 2)] ?? Number.POSITIVE_INFINITY;
  return {
    failed: failed / runs,
    failedAtEnd: failedAtEnd / runs,
    passedAtEnd: passedAtEnd / runs,
    covered: truth === null ? null : covered / runs,
    found: Number.isFinite(median) ? median : null,
  };
}

function isChecked(count: number, { breaksAfter = Number.POSITIVE_INFINITY }: LatencyWorld): boolean {
  const isOften = count <= OFTEN_UNTIL || count > breaksAfter;
  return count % (isOften ? CHECK_EVERY : RARELY) === 0;
}

/** The median of candidate / primary over the entire run; null if it is not a plain number. */
function medianFactor({ factor = 1, breaksAfter, slowShare }: LatencyWorld): number | null {
  return breaksAfter === undefined && slowShare === undefined ? factor : null;
}

function exchangesOf(world: LatencyWorld, random: () => number): Iterable<SimulatedExchange> {
  return world.isClosedLoop === true ? closedLoop(world, random) : openLoop(world, random);
}

function* openLoop(world: LatencyWorld, random: () => number): Iterable<SimulatedExchange> {
  const normal = normals(random);
  const [primary, candidate, secondary] = [speed(world, normal), speed(world, normal), speed(world, normal)];
  for (let request = 0; request < world.requests; request++) {
    const cost = BASE_MS * Math.exp(COST * normal());
    const response = (server: () => number): number => cost * server() * Math.exp(SCATTER * normal());
    const isBroken = request >= (world.breaksAfter ?? 0);
    const isSlow = world.slowShare !== undefined && random() < world.slowShare;
    yield {
      at: request * PACE_MS,
      primary: response(primary),
      candidate:
        response(candidate) * (isBroken ? (world.factor ?? 1) : 1) * (isSlow ? (world.slowFactor ?? 1) : 1) +
        (isSlow ? (world.slowMs ?? 0) : 0),
      secondary: world.hasSecondary === true ? response(secondary) : null,
      backToBack: false,
    };
  }
}

/** The factor by which a server is slow, request by request. */
function speed({ wanderRequests }: LatencyWorld, normal: () => number): () => number {
  if (wanderRequests === undefined) return () => 1;
  const keep = Math.exp(-1 / wanderRequests);
  const spread = Math.sqrt(1 - keep ** 2);
  let state = normal();
  return () => {
    state = keep * state + spread * normal();
    return Math.exp(WANDER * state);
  };
}

function* closedLoop({ requests, hasSecondary }: LatencyWorld, random: () => number): Iterable<SimulatedExchange> {
  const normal = normals(random);
  const [primary, candidate, secondary] = [pausingServer(random), pausingServer(random), pausingServer(random)];
  let at = 0;
  for (let request = 0; request < requests; request++) {
    const response = (server: (at: number) => number): number =>
      server(at) + CLOSED_LOOP.serviceMs * Math.exp(SCATTER * normal());
    const primaryMs = response(primary);
    yield {
      at,
      primary: primaryMs,
      candidate: response(candidate),
      secondary: hasSecondary === true ? response(secondary) : null,
      backToBack: true,
    };
    at += primaryMs;
  }
}

/** How long a request that arrives at a moment waits for the end of a pause. Moments ascend. */
function pausingServer(random: () => number): (at: number) => number {
  const exponential = (mean: number): number => -mean * Math.log(1 - random());
  let begin = exponential(CLOSED_LOOP.workMs);
  let end = begin + exponential(CLOSED_LOOP.pauseMs);
  return (at) => {
    while (at >= end) {
      begin = end + exponential(CLOSED_LOOP.workMs);
      end = begin + exponential(CLOSED_LOOP.pauseMs);
    }
    return at < begin ? 0 : end - at;
  };
}
