import type { LatencyPair } from "../../src/model/latency.ts";
import { bucketOf } from "../../src/lib/log-buckets.ts";
import { evidenceBar } from "../../src/report/statistics/e-values.ts";
import { decideLatencyVerdict } from "../../src/report/judge/judge-latency.ts";
import { pairedEstimates } from "../../src/report/statistics/paired-latency.ts";
import { twoSidedNormalTail } from "../../src/report/statistics/wilson-interval.ts";
import { LOOK_EVERY } from "./fields.ts";
import { normals, randomFor } from "./random.ts";

/** Requests differ in cost by a factor of e, and each answer scatters by 14 %: both log-normal. */
const COST = 1;
const SCATTER = 0.14;
const ALPHA = 0.05;
const ALLOWED = 1.1;

export interface LatencyWorld {
  /** candidate / primary. */
  readonly factor: number;
  readonly requests: number;
}

/** Shares of runs. */
export interface LatencyShares {
  /** The interval of the ratio holds the true one. */
  readonly covered: number;
  /** A change was found at 5 %, after the last request. */
  readonly wilcoxon: number;
  readonly mannWhitney: number;
  /** The verdict was so at one look at least. */
  readonly failed: number;
  readonly passed: number;
}

export function latencyShares(world: LatencyWorld, runs: number, seed: number): LatencyShares {
  const normal = normals(randomFor(seed, `latency ${world.factor} ${world.requests}`));
  let [covered, wilcoxon, mannWhitney, failed, passed] = [0, 0, 0, 0, 0];
  for (let run = 0; run < runs; run++) {
    const pairs = Array.from({ length: world.requests }, () => pairOf(world.factor, normal));
    const { ratio, pValue } = pairedEstimates(pairs);
    covered += Number(ratio !== null && ratio.low <= world.factor && world.factor <= ratio.high);
    wilcoxon += Number(pValue !== null && pValue < ALPHA);
    mannWhitney += Number(mannWhitneyP(pairs) < ALPHA);
    const verdicts = verdictsOf(pairs);
    failed += Number(verdicts.has("fail"));
    passed += Number(verdicts.has("pass"));
  }
  return {
    covered: covered / runs,
    wilcoxon: wilcoxon / runs,
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

/** The verdicts of the production code at all looks. */
function verdictsOf(pairs: readonly LatencyPair[]): ReadonlySet<string | undefined> {
  const ratios = new Map<number, number>();
  const verdicts = new Set<string | undefined>();
  for (const [index, { primaryMs, candidateMs }] of pairs.entries()) {
    const bucket = bucketOf(candidateMs / primaryMs);
    ratios.set(bucket, (ratios.get(bucket) ?? 0) + 1);
    if ((index + 1) % LOOK_EVERY !== 0) continue;
    const rising = [...ratios].toSorted(([a], [b]) => a - b);
    const counts = { buckets: rising.map(([each]) => each), counts: rising.map(([, count]) => count) };
    verdicts.add(decideLatencyVerdict({ ratios: counts, ratio: null, bias: null }, ALLOWED, evidenceBar())?.verdict);
  }
  return verdicts;
}

/** The unpaired test that canary tools use, for comparison (Mann & Whitney 1947); latencies have no ties here. */
function mannWhitneyP(pairs: readonly LatencyPair[]): number {
  const all = pairs
    .flatMap(({ primaryMs, candidateMs }) => [
      { ms: primaryMs, candidate: false },
      { ms: candidateMs, candidate: true },
    ])
    .sort((a, b) => a.ms - b.ms);
  const ranks = all.reduce((sum, { candidate }, index) => (candidate ? sum + index + 1 : sum), 0);
  const count = pairs.length;
  const statistic = ranks - (count * (count + 1)) / 2;
  return twoSidedNormalTail(Math.abs(statistic - count ** 2 / 2) / Math.sqrt((count ** 2 * (2 * count + 1)) / 12));
}
