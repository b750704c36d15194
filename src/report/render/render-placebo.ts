import type { Report, Verdict } from "../../model/report.ts";
import { VERDICT_COLOUR, type Paint } from "./terminal-colour.ts";
import { TEXT_WIDTH, wrap } from "./terminal-text.ts";
import { countText, factorText, percentText, pluralText } from "./report-wording.ts";

const WOULD: Readonly<Record<Verdict, string>> = { pass: "pass", fail: "fail", inconclusive: "stay open" };

/** What this very method finds where there is nothing to find. */
export function placeboSection({ placebo }: Report, paint: Paint): readonly string[] {
  if (placebo === null) return [];
  const { compared, parity, verdict, fields, falselyReal, falseAlarmRate, latencyRatio } = placebo;
  const latency = latencyRatio === null ? "" : `, latency × ${factorText(latencyRatio.estimate)}`;
  const text =
    `false-alarm rate ${percentText(falseAlarmRate)} (${countText(falselyReal)} of ` +
    `${pluralText(fields, "field")} called real) in ${pluralText(compared, "answer")}, ` +
    `parity ${percentText(parity.rate)}${latency}`;
  const would = paint(VERDICT_COLOUR[verdict], WOULD[verdict]);
  return [
    `${paint("bold", "placebo")}: judged the same way, the secondary would ${would}`,
    ...wrap(text, { start: "  ", indent: "  ", width: TEXT_WIDTH }),
  ];
}
