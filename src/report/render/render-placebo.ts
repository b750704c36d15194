import type { Report, Verdict } from "../../model/report.ts";
import { formatCount, formatFactor, formatPlural, formatShare } from "../../presentation/words/number-format.ts";
import { VERDICT_COLOR, type Paint } from "./terminal-color.ts";
import { wrap } from "./terminal-text.ts";

const OUTCOME: Readonly<Record<Verdict, string>> = { pass: "pass", fail: "fail", inconclusive: "be inconclusive" };

/** How often the method raises a false alarm: the secondary judged as the candidate. */
export function placeboSection({ placebo }: Report, paint: Paint): readonly string[] {
  if (placebo === null) return [];
  const { compared, parity, verdict, fields, falselyReal, falseAlarmRate, latencyRatio } = placebo;
  const latency = latencyRatio === null ? "" : `, latency ratio ${formatFactor(latencyRatio.estimate)}`;
  const text =
    `false alarms: ${formatCount(falselyReal)} of ${formatPlural(fields, "field")} (${formatShare(falseAlarmRate)}) ` +
    `in ${formatPlural(compared, "response")}, parity ${formatShare(parity.rate)}${latency}`;
  const outcome = paint(VERDICT_COLOR[verdict], OUTCOME[verdict]);
  return [
    `${paint("bold", "placebo")}: judged as the candidate, the secondary would ${outcome}`,
    ...wrap(text, { start: "  ", indent: "  " }),
  ];
}
