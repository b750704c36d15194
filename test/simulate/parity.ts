import { evidenceBar } from "../../src/report/statistics/e-values.ts";
import { wilsonInterval } from "../../src/report/statistics/wilson-interval.ts";
import { parityEvidence, stillNeeded } from "../../src/report/judge/parity-verdict.ts";
import { BlockCounts } from "./block-counts.ts";
import { CHECK_EVERY } from "./fields.ts";
import { bursts, randomFor } from "./random.ts";

const GATE = { parity: 0.999, minCompared: 1000 };
const PER_SECOND = 100;

/** Shares of runs, and the time to a verdict. */
export interface ParityShares {
  /** Failed at one check at least, by Wilson's interval and by the evidence of a report. */
  readonly wilsonFailed: number;
  readonly failed: number;
  /** Passed at one check at least. */
  readonly wilsonPassed: number;
  readonly passed: number;
  /** Median number of requests until the report passes or fails; null if half of the runs do neither. */
  readonly median: number | null;
}

/** A known share of responses agrees; the others are proven differences. */
export interface ParityWorld {
  readonly parity: number;
  /** Differences come in bursts of this many requests; 1 by default. */
  readonly burst?: number | undefined;
  readonly requests: number;
}

/** Runs against a gate of 99.9%, checked after every 100 requests. */
export function parityShares(world: ParityWorld, runs: number, seed: number): ParityShares {
  const random = randomFor(seed, `parity ${JSON.stringify(world)}`);
  let [wilsonFailed, failed, wilsonPassed, passed] = [0, 0, 0, 0];
  const ends: number[] = [];
  for (let run = 0; run < runs; run++) {
    const seen = { wilsonFailed: false, failed: false, wilsonPassed: false, passed: false };
    const counts = new BlockCounts(1, PER_SECOND, random);
    const differs = bursts(1 - world.parity, world.burst ?? 1, random);
    let [counting, end] = [0, Number.POSITIVE_INFINITY];
    for (let compared = 1; compared <= world.requests; compared++) {
      const isDifferent = differs();
      if (isDifferent) counting += 1;
      counts.count([Number(isDifferent)]);
      if (compared % CHECK_EVERY !== 0) continue;
      const wilson = wilsonInterval(compared - counting, compared);
      seen.wilsonFailed ||= wilson.high < GATE.parity;
      seen.wilsonPassed ||= wilson.low > GATE.parity;
      const isFailed = isBelow(counts, compared, counting);
      seen.failed ||= isFailed;
      seen.passed ||= !isFailed && stillNeeded({ compared, counting }, GATE) === 0;
      if (seen.failed || seen.passed) end = Math.min(end, compared);
    }
    wilsonFailed += Number(seen.wilsonFailed);
    failed += Number(seen.failed);
    wilsonPassed += Number(seen.wilsonPassed);
    passed += Number(seen.passed);
    ends.push(end);
  }
  return {
    wilsonFailed: wilsonFailed / runs,
    failed: failed / runs,
    wilsonPassed: wilsonPassed / runs,
    passed: passed / runs,
    median: median(ends),
  };
}

/** A share of responses differs after a number of good ones. */
export interface LateBreak {
  readonly good: number;
  readonly differing: number;
  readonly requests: number;
}

/** How many requests after a late break the gate fails, checked after every 20 requests: the median; null if it does not. */
export function parityDelay({ good, differing, requests }: LateBreak, runs: number, seed: number): number | null {
  const random = randomFor(seed, `late ${good} ${differing} ${requests}`);
  const delays = Array.from({ length: runs }, () => {
    const counts = new BlockCounts(1, PER_SECOND, random);
    let counting = 0;
    for (let compared = 1; compared <= requests; compared++) {
      const isDifferent = compared > good && random() < differing;
      counting += Number(isDifferent);
      counts.count([Number(isDifferent)]);
      if (compared > good && compared % 20 === 0 && isBelow(counts, compared, counting)) return compared - good;
    }
    return Number.POSITIVE_INFINITY;
  });
  return median(delays);
}

function isBelow(counts: BlockCounts, compared: number, proven: number): boolean {
  return counts.series().some((series) => parityEvidence({ compared, proven }, GATE, series).evidence >= evidenceBar());
}

function median(values: readonly number[]): number | null {
  const middle = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.POSITIVE_INFINITY;
  return Number.isFinite(middle) ? middle : null;
}
