import type { Report, Verdict } from "../../../model/report.ts";
import { explanationPlaceboText } from "../../../presentation/explain/cause-explanations.ts";
import { formatCount, formatFactor, formatPlural, formatShare } from "../../../presentation/words/number-format.ts";
import type { Page } from "./page.ts";
import { VERDICT_COLOR } from "./terminal-color.ts";

const OUTCOME: Readonly<Record<Verdict, string>> = { pass: "pass", fail: "fail", inconclusive: "be inconclusive" };

/** How often the method raises a false alarm: the secondary judged as the candidate. */
export function placeboSection({ placebo, explanationPlacebo }: Report, page: Page): readonly string[] {
  if (placebo === null) return [];
  const { compared, parity, verdict, fields, falselyReal, falseAlarmRate, latencyRatio } = placebo;
  const latency = latencyRatio === null ? "" : `, latency ratio ${formatFactor(latencyRatio.estimate)}`;
  const text =
    `false alarms: ${formatCount(falselyReal)} of ${formatPlural(fields, "field")} (${formatShare(falseAlarmRate)}) ` +
    `in ${formatPlural(compared, "response")}, parity ${formatShare(parity.rate)}${latency}`;
  const outcome = page.paint(VERDICT_COLOR[verdict], OUTCOME[verdict]);
  return [
    `${page.paint("bold", "placebo")}: judged as the candidate, the secondary would ${outcome}`,
    ...page.wrap(text, { start: "  ", indent: "  " }),
    ...explanationLines(explanationPlacebo, page),
  ];
}

/** Reports of earlier versions have no placebo of explanations. */
function explanationLines(placebo: Report["explanationPlacebo"] | undefined, page: Page): readonly string[] {
  if (placebo === null || placebo === undefined) return [];
  return page.wrap(`explanations: ${explanationPlaceboText(placebo)}`, { start: "  ", indent: "  " });
}
