import { evidenceBar } from "../../src/report/statistics/e-values.ts";
import { wilsonInterval } from "../../src/report/statistics/wilson-interval.ts";
import { isParityBelow, stillNeeded } from "../../src/report/judge/parity-verdict.ts";
import { CHECK_EVERY } from "./fields.ts";
import { randomFor } from "./random.ts";

const GATE = { parity: 0.999, minCompared: 1000 };

/** Shares of runs, and the time to a verdict. */
export interface ParityShares {
  /** Failed at one check at least, by Wilson's interval and by the confidence sequence. */
  readonly wilsonFailed: number;
  readonly failed: number;
  /** Passed at one check at least. */
  readonly wilsonPassed: number;
  readonly passed: number;
  /** Median number of requests until the sequence passes or fails; null if half of the runs do neither. */
  readonly median: number | null;
}

/** Runs against a gate of 99.9% with a known share of agreeing responses, checked after every 100 requests. */
export function parityShares(
  { parity, requests }: { readonly parity: number; readonly requests: number },
  runs: number,
  seed: number,
): ParityShares {
  const random = randomFor(seed, `parity ${parity} ${requests}`);
  let [wilsonFailed, failed, wilsonPassed, passed] = [0, 0, 0, 0];
  const ends: number[] = [];
  for (let run = 0; run < runs; run++) {
    const seen = { wilsonFailed: false, failed: false, wilsonPassed: false, passed: false };
    let [counting, end] = [0, Number.POSITIVE_INFINITY];
    for (let compared = 1; compared <= requests; compared++) {
      if (random() >= parity) counting += 1;
      if (compared % CHECK_EVERY !== 0) continue;
      const wilson = wilsonInterval(compared - counting, compared);
      seen.wilsonFailed ||= wilson.high < GATE.parity;
      seen.wilsonPassed ||= wilson.low > GATE.parity;
      seen.failed ||= isParityBelow({ compared, proven: counting }, GATE, evidenceBar());
      seen.passed ||= stillNeeded({ compared, counting }, GATE) === 0;
      if (seen.failed || seen.passed) end = Math.min(end, compared);
    }
    wilsonFailed += Number(seen.wilsonFailed);
    failed += Number(seen.failed);
    wilsonPassed += Number(seen.wilsonPassed);
    passed += Number(seen.passed);
    ends.push(end);
  }
  const median = ends.toSorted((a, b) => a - b)[Math.floor(runs / 2)] ?? Number.POSITIVE_INFINITY;
  return {
    wilsonFailed: wilsonFailed / runs,
    failed: failed / runs,
    wilsonPassed: wilsonPassed / runs,
    passed: passed / runs,
    median: Number.isFinite(median) ? median : null,
  };
}
