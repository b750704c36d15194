import type { Report, Verdict } from "../../model/report.ts";
import { VERDICT_COLOUR, type Paint } from "./terminal-colour.ts";
import { TEXT_WIDTH, wrap } from "./terminal-text.ts";
import { formatCount, formatFactor, formatPlural, formatShare } from "../../presentation/number-format.ts";

const WOULD: Readonly<Record<Verdict, string>> = { pass: "pass", fail: "fail", inconclusive: "stay open" };

/** What this very method finds where there is nothing to find. */
export function placeboSection({ placebo }: Report, paint: Paint): readonly string[] {
  if (placebo === null) return [];
  const { compared, parity, verdict, fields, falselyReal, falseAlarmRate, latencyRatio } = placebo;
  const latency = latencyRatio === null ? "" : `, latency ratio ${formatFactor(latencyRatio.estimate)}`;
  const text =
    `false-alarm rate ${formatShare(falseAlarmRate)} (${formatCount(falselyReal)} of ` +
    `${formatPlural(fields, "field")} called real) in ${formatPlural(compared, "answer")}, ` +
    `parity ${formatShare(parity.rate)}${latency}`;
  const would = paint(VERDICT_COLOUR[verdict], WOULD[verdict]);
  return [
    `${paint("bold", "placebo")}: judged the same way, the secondary would ${would}`,
    ...wrap(text, { start: "  ", indent: "  ", width: TEXT_WIDTH }),
  ];
}
