import type { FieldReport } from "../../../../src/model/report.ts";
import { formatCount } from "../../../../src/presentation/words/number-format.ts";

/** Higher odds are not shown: the digits carry no information. */
const MAX_ODDS = 1_000_000;

/** How certain it is that a field differs beyond noise: `odds of 1,204 : 1`. An e-value is the odds. */
export function oddsText({ evidence }: Pick<FieldReport, "evidence">): string {
  const odds = Math.exp(evidence);
  return odds >= MAX_ODDS ? `odds of ${formatCount(MAX_ODDS)} : 1 or more` : `odds of ${formatCount(odds)} : 1`;
}
