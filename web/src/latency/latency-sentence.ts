import type { LatencyView } from "../../../src/model/latency.ts";
import { formatFactor } from "../../../src/presentation/words/number-format.ts";

/** The verdict in one sentence, with the ratio where it decides: `The candidate is faster: it takes 0.31× as long …`. */
export function latencySentence({ latency, hasInterval }: Pick<LatencyView, "latency" | "hasInterval">): string {
  const { verdict, ratio, ratioVerdict, allowed } = latency;
  if (verdict === null || ratio === null) return "The candidate's latency is not judged.";
  const takes = `it takes ${formatFactor(ratio.estimate)} as long as the primary (limit ${formatFactor(allowed)}).`;
  if (verdict === "fail") {
    return ratioVerdict === "fail"
      ? `The candidate is slower than allowed: ${takes}`
      : "Too many of the candidate's responses are slow.";
  }
  if (verdict === "inconclusive") {
    return hasInterval
      ? "It is not certain yet whether the candidate is fast enough."
      : "Too few exchanges: it is not known yet whether the candidate is fast enough.";
  }
  if (ratio.high < 1) return `The candidate is faster: ${takes}`;
  return ratio.low > 1 ? `The candidate is slower within the limits: ${takes}` : `The candidate is as fast: ${takes}`;
}
