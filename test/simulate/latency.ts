import type { LatencyPair } from "../../src/model/latency.ts";
import { bucketOf } from "../../src/lib/log-buckets.ts";
import { evidenceBar } from "../../src/report/statistics/e-values.ts";
import { decideLatencyVerdict } from "../../src/report/judge/judge-latency.ts";
import { pairedEstimates } from "../../src/report/statistics/paired-latency.ts";
import { Z } from "../../src/report/statistics/significance.ts";
import { CHECK_EVERY } from "./fields.ts";
import { normals, randomFor } from "./random.ts";

/** Requests differ in cost by a factor of e, and each response scatters by 14%: both log-normal. */
const COST = 1;
const SCATTER = 0.14;
const ALLOWED = 1.1;

export interface LatencyWorld {
  /** candidate / primary. */
  readonly factor: number;
  readonly requests: number;
}

/** Shares of runs. */
export interface LatencyShares {
  /** The interval of the ratio contains the true one. */
  readonly covered: number;
  /** A change was found after the last request: the interval of the ratio does not contain 1. */
  readonly found: number;
  /** The same by the Mann–Whitney test at 5%. */
  readonly mannWhitney: number;
  /** Runs with this verdict at one check at least. */
  readonly failed: number;
  readonly passed: number;
}

export function latencyShares(world: LatencyWorld, runs: number, seed: number): LatencyShares {
  const normal = normals(randomFor(seed, `latency ${world.factor} ${world.requests}`));
  let [covered, found, mannWhitney, failed, passed] = [0, 0, 0, 0, 0];
  for (let run = 0; run < runs; run++) {
    const pairs = Array.from({ length: world.requests }, () => pairOf(world.factor, normal));
    const { ratio } = pairedEstimates(pairs);
    covered += Number(ratio !== null && ratio.low <= world.factor && world.factor <= ratio.high);
    found += Number(ratio !== null && (ratio.low > 1 || ratio.high < 1));
    mannWhitney += Number(mannWhitneyZ(pairs) > Z);
    const verdicts = verdictsOf(pairs);
    failed += Number(verdicts.has("fail"));
    passed += Number(verdicts.has("pass"));
  }
  return {
    covered: covered / runs,
    found: found / runs,
    mannWhitney: mannWhitney / runs,
    failed: failed / runs,
    passed: passed / runs,
  };
}

function pairOf(factor: number, normal: () => number): LatencyPair {
  const cost = 20 * Math.exp(COST * normal());
  return {
    route: "default",
    endpoint: "GET /",
    candidate: "v2",
    draw: 0,
    primaryMs: cost * Math.exp(SCATTER * normal()),
    candidateMs: cost * factor * Math.exp(SCATTER * normal()),
    secondaryMs: null,
  };
}

/** The verdicts of the production code at all checks. */
function verdictsOf(pairs: readonly LatencyPair[]): ReadonlySet<string | undefined> {
  const ratios = new Map<number, number>();
  const verdicts = new Set<string | undefined>();
  for (const [index, { primaryMs, candidateMs }] of pairs.entries()) {
    const bucket = bucketOf(candidateMs / primaryMs);
    ratios.set(bucket, (ratios.get(bucket) ?? 0) + 1);
    if ((index + 1) % CHECK_EVERY !== 0) continue;
    const ascending = [...ratios].toSorted(([a], [b]) => a - b);
    const counts = { buckets: ascending.map(([each]) => each), counts: ascending.map(([, count]) => count) };
    verdicts.add(decideLatencyVerdict({ ratios: counts, ratio: null, bias: null }, ALLOWED, evidenceBar())?.verdict);
  }
  return verdicts;
}

/** The unpaired test of canary tools, for comparison (Mann & Whitney 1947); these latencies have no ties. @returns |z| */
function mannWhitneyZ(pairs: readonly LatencyPair[]): number {
  const all = pairs
    .flatMap(({ primaryMs, candidateMs }) => [
      { ms: primaryMs, candidate: false },
      { ms: candidateMs, candidate: true },
    ])
    .sort((a, b) => a.ms - b.ms);
  const ranks = all.reduce((sum, { candidate }, index) => (candidate ? sum + index + 1 : sum), 0);
  const count = pairs.length;
  const statistic = ranks - (count * (count + 1)) / 2;
  return Math.abs(statistic - count ** 2 / 2) / Math.sqrt((count ** 2 * (2 * count + 1)) / 12);
}
