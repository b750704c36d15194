import type { ChangeEffect, ReviewPreview, RulePreview } from "../../../src/model/views/change-preview.ts";
import { formatCount, formatPlural } from "../../../src/presentation/words/number-format.ts";

/** `the verdict of the run becomes pass`, `the verdict of the run stays fail`. */
function verdictText({ verdict: { before, after } }: Pick<ChangeEffect, "verdict">): string {
  return `the verdict of the run ${before === after ? "stays" : "becomes"} ${after}`;
}

/** `Hides 1,204 differences in 602 exchanges on 2 endpoints; the verdict of the run becomes pass.` */
export function ruleEffectText(preview: RulePreview): string {
  const { differences, exchanges, endpoints, denied, basis } = preview;
  if (exchanges === 0 && denied.length === 0) return `Hides nothing so far; ${verdictText(preview)}.`;
  const parts = [
    `Hides ${formatPlural(differences, "difference")} in ${formatPlural(exchanges, "exchange")} on ${formatPlural(endpoints.length, "endpoint")}`,
    verdictText(preview),
    ...(denied.length === 0
      ? []
      : [
          `would also hide ${formatPlural(denied.length, "denied cause")}, which ${denied.length === 1 ? "counts" : "count"} anyway`,
        ]),
    ...(basis.type === "exact"
      ? []
      : [`estimated: explains ${formatCount(basis.explained)} of ${formatPlural(basis.samples, "stored exchange")}`]),
  ];
  return `${parts.join("; ")}.`;
}

/** `41 exchanges on 1 endpoint no longer count; the verdict of the run becomes pass.` */
export function reviewEffectText(preview: ReviewPreview): string {
  const { counting, endpoints, exchanges } = preview;
  const change = counting.after - counting.before;
  const where = `on ${formatPlural(endpoints.length, "endpoint")}`;
  const counted =
    change === 0
      ? `${formatPlural(exchanges, "exchange")} ${where} count as before, because of other differences`
      : `${formatPlural(Math.abs(change), "exchange")} ${where} ${change < 0 ? "no longer count" : "count in addition"}`;
  return `${counted}; ${verdictText(preview)}.`;
}
