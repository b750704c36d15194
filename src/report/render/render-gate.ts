import type { Report, Verdict } from "../../model/report.ts";
import { isRateAbove, isRateBelow } from "../statistics/confidence-sequence.ts";
import { evidenceBar } from "../statistics/e-values.ts";
import { thresholdsOf } from "../judge/gate-thresholds.ts";
import { VERDICT_COLOUR, VERDICT_GLYPH, type Paint } from "./terminal-colour.ts";
import { fit } from "./terminal-text.ts";
import { countText, factorText, percentText } from "./report-wording.ts";

const LIMIT_WIDTH = 28;

/** One threshold of the gate and what was measured over all endpoints. */
interface Threshold {
  readonly verdict: Verdict;
  readonly limit: string;
  readonly measured: string;
}

/** The thresholds, each with its own sign, as k6 prints them. The verdict also holds every endpoint against them. */
export function gateSection(report: Report, paint: Paint): string[] {
  const thresholds = [
    parityThreshold(report),
    latencyThreshold(report),
    errorThreshold(report),
    countThreshold(report),
    ...coverageThreshold(report),
    endpointThreshold(report),
  ];
  const lines = thresholds.map(({ verdict, limit, measured }) => {
    return `  ${paint(VERDICT_COLOUR[verdict], VERDICT_GLYPH[verdict])} ${fit(limit, LIMIT_WIDTH)}${measured}`;
  });
  return [paint("bold", "gate"), ...lines];
}

/** Below the gate and still not failed: then the differing fields of too many exchanges are not known. */
function parityThreshold({ gate, parity, verdict, accounting: { compared } }: Report): Threshold {
  const counting = Math.round((1 - parity.rate) * compared);
  const limit = 1 - gate.parity;
  const failed = verdict === "fail" && isRateAbove(counting, compared, limit, evidenceBar());
  const range = `(${percentText(parity.low)} – ${percentText(parity.high)})`;
  return {
    verdict: failed ? "fail" : compared > 0 && isRateBelow(counting, compared, limit) ? "pass" : "inconclusive",
    limit: `parity ≥ ${percentText(gate.parity)}`,
    measured: compared === 0 ? "–" : `${percentText(parity.rate, gate.parity)} ${range}`,
  };
}

/**
 * Every compared exchange has both latencies unless the candidate gave no answer. Where every endpoint has a ratio of its own
 * in the gate, nothing is asked of all together.
 */
function latencyThreshold({ gate, latency: { ratio, bias, allowed, verdict }, endpoints }: Report): Threshold {
  if (ratio !== null && endpoints.every((one) => thresholdsOf(gate, one.endpoint).latencyRatio !== gate.latencyRatio)) {
    return {
      verdict: endpoints.some(({ latency }) => latency.verdict === "fail") ? "fail" : "pass",
      limit: "latency ratio, each its own",
      measured: `${factorText(ratio.estimate)} (${factorText(ratio.low)} – ${factorText(ratio.high)})`,
    };
  }
  const limit = `latency ratio ≤ ${factorText(allowed)}`;
  if (ratio === null) return { verdict: "inconclusive", limit, measured: "–" };
  const mirror =
    bias === null || bias.high <= 1
      ? ""
      : `, allowing ${factorText(gate.latencyRatio)} × ${factorText(bias.high)} of a mirror`;
  return {
    verdict: verdict ?? "inconclusive",
    limit,
    measured: `${factorText(ratio.estimate)} (${factorText(ratio.low)} – ${factorText(ratio.high)})${mirror}`,
  };
}

function errorThreshold({
  gate,
  errors: { primary, candidate, verdict },
  accounting: { compared },
}: Report): Threshold {
  return {
    verdict: compared === 0 ? "inconclusive" : verdict,
    limit: `errors ≤ primary + ${percentText(gate.errorRate)}`,
    measured: compared === 0 ? "–" : `${percentText(candidate.rate)}, primary ${percentText(primary.rate)}`,
  };
}

function coverageThreshold({ gate, uncovered }: Report): readonly Threshold[] {
  if (gate.coverage.length === 0) return [];
  const measured = uncovered.length === 0 ? "all" : `not ${countText(uncovered.length)}`;
  return [{ verdict: uncovered.length === 0 ? "pass" : "inconclusive", limit: "listed endpoints compared", measured }];
}

function countThreshold({ gate, accounting: { compared } }: Report): Threshold {
  return {
    verdict: compared >= gate.minCompared ? "pass" : "inconclusive",
    limit: `compared ≥ ${countText(gate.minCompared)}`,
    measured: countText(compared),
  };
}

function endpointThreshold({ endpoints }: Report): Threshold {
  const failing = endpoints.filter(({ verdict }) => verdict === "fail").length;
  return {
    verdict: failing === 0 ? "pass" : "fail",
    limit: "no endpoint fails",
    measured: `${countText(failing)} of ${countText(endpoints.length)}`,
  };
}
